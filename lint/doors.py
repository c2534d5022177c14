"""Doors: what a package hands out is listed in its `__init__.py`, and nobody outside imports anything else of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from importlinter import fields

from lint.finding import TreeContract
from lint.source import Module, Tree, is_inside, parent, read_module


class Doors(TreeContract):
    """A module outside a package imports only what that package lists in `__all__`.

    Every folder has one door, and a folder inside a folder is a room of its own: `from app.queue.acts import start`
    passes the door of `app.queue.acts` alone, which has to list `start`. Which room may look into which other is a
    matter of layers, not of doors. A package may list its modules, too; then what is in them is open. What is listed is
    short, and used by somebody outside.

    Options:
        most_names: how many names a package may hand out.
        programs: files outside the root package whose imports count, too, such as main.py.
        offered: paths that are there for others than these, such as the authors of jobs.
    """

    type_name = "doors"

    most_names = fields.IntegerField(minimum=1)
    programs = fields.ListField(subfield=fields.StringField(), default=[])
    offered = fields.SetField(subfield=fields.StringField(), default=set())

    def breaches(self, tree: Tree) -> list[str]:
        """Return a sentence for each import past a door, each name that nobody uses, and each list that is too long."""
        paths = [Path(program) for program in cast(list[str], self.programs)]
        programs = [read_module(path, name=path.stem) for path in paths]
        used = set(cast(set[str], self.offered))
        found = []
        for importer in [*tree.modules.values(), *programs]:
            for package, name, line in passages(importer, tree):
                used.add(f"{package.name}.{name}")
                if name not in package.handed_out:
                    found.append(f"{importer.name} (l.{line}) imports {name} of {package.name} past its door")
        for package in tree.packages:
            found += self._breaches_of(package, used)
        return found

    def _breaches_of(self, package: Module, used: set[str]) -> list[str]:
        names = package.handed_out
        unused = [name for name in names if f"{package.name}.{name}" not in used]
        found = [f"{package.name} hands out {name}, which nobody outside imports" for name in unused]
        most = cast(int, self.most_names)
        if len(names) > most:
            found.append(f"{package.name} hands out {len(names)} names; {most} are allowed")
        return found


def passages(importer: Module, tree: Tree) -> Iterator[tuple[Module, str, int]]:
    """Yield what a module takes of packages that do not hold it: the package, the name and the line.

    The root package has no door: programs begin where they like.
    """
    for each in importer.imports:
        module = tree.modules.get(tree.module_of(each.target) or "")
        if module is None:
            continue  # of another tree
        package = module if module.is_package else tree.modules[parent(module.name)]
        if "." not in package.name or is_inside(importer.name, package.name):
            continue
        if each.target != package.name:
            yield package, each.target.removeprefix(f"{package.name}.").partition(".")[0], each.line
        else:  # the room as a whole
            for name, line in importer.attributes_of(each.local_name).items():
                yield package, name, line
