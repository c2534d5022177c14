"""Folders that can be taken in at a glance: few modules, and a sentence over the door."""

from collections import Counter
from typing import cast

from importlinter import fields

from lint.finding import TreeContract
from lint.source import Tree, parent


class SmallFolders(TreeContract):
    """A folder has only so many modules; `__init__.py` and folders inside it are not counted.

    Options:
        most_modules: how many.
        unless: packages that grow for ever, such as the steps of the migrations.
    """

    type_name = "small_folders"

    most_modules = fields.IntegerField(minimum=1)
    unless = fields.SetField(subfield=fields.StringField(), default=set())

    def breaches(self, tree: Tree) -> list[str]:
        """Return a sentence for each folder with too many."""
        most, unless = cast(int, self.most_modules), cast(set[str], self.unless)
        numbers = Counter(parent(module.name) for module in tree.modules.values() if not module.is_package)
        return [
            f"{package} has {number} modules; {most} are allowed"
            for package, number in sorted(numbers.items())
            if number > most and package not in unless
        ]


class DescribedPackages(TreeContract):
    """Every package says in the docstring of its `__init__.py` what lives in it."""

    type_name = "described_packages"

    def breaches(self, tree: Tree) -> list[str]:
        """Return a sentence for each package without one."""
        return [f"{package.name} does not say what lives in it" for package in tree.packages if not package.docstring]
