"""What a module drags along: who imports a small thing shall not run a large one."""

from typing import cast

from importlinter import fields

from lint.finding import TreeContract
from lint.source import Tree, is_inside, parents


class LoadsNothingOf(TreeContract):
    """Importing one of the modules runs nothing of the forbidden ones, by whatever way.

    Unlike import-linter's own `forbidden` it counts what Python runs without being told: the `__init__.py` of every
    package on the way, also of those that hold the module itself.

    Options:
        source_modules: modules or packages.
        forbidden_modules: modules or packages.
    """

    type_name = "loads_nothing_of"

    source_modules = fields.ListField(subfield=fields.StringField())
    forbidden_modules = fields.ListField(subfield=fields.StringField())

    def breaches(self, tree: Tree) -> list[str]:
        """Return the shortest way from each source to the first forbidden module that it reaches."""
        forbidden = cast(list[str], self.forbidden_modules)
        found = []
        for source in cast(list[str], self.source_modules):
            modules = [name for name in tree.modules if is_inside(name, source)]
            if not modules:
                found.append(f"{source} does not exist")
            way = _way(tree, modules, forbidden)
            if way:
                found.append(" -> ".join(way))
        missing = [name for name in forbidden if name not in tree.modules]
        return found + [f"{name} does not exist" for name in missing]


def _way(tree: Tree, sources: list[str], forbidden: list[str]) -> list[str]:
    """Return the shortest way from one of the sources to a forbidden module; empty if there is none."""
    ways = [[source] for source in sources]
    seen = set(sources)
    for way in ways:
        if any(is_inside(way[-1], each) for each in forbidden):
            return way
        for after in [*tree.loaded_with(way[-1]), *parents(way[-1])]:
            if after not in seen:
                seen.add(after)
                ways.append([*way, after])
    return []
