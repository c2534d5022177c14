"""Tables with one writer: what is kept together with a state is kept by who changes the state."""

import ast
from collections.abc import Iterator
from typing import cast

from importlinter import fields

from lint.finding import TreeContract
from lint.source import Module, Tree, is_inside

_WRITES = {"insert", "update", "delete", "insert_many", "update_many"}
_TABLE_OF, _INSERT_FOR = "table_of", "insert_for"


class WrittenBy(TreeContract):
    """Only the writers make statements that change the tables, or rows of them.

    Seen are calls of `insert`, `update`, `delete`, `insert_many` and `update_many` for a model, for `table_of(model)`
    or for a name that stands for it in the module, `insert_for(…)(model)`, and a new row, `Model(…)`. A change of a row
    that was read is not seen.

    Options:
        tables: names of models.
        writers: modules or packages.
        unless: modules or packages that nobody asks, such as the one that declares the models.
    """

    type_name = "written_by"

    tables = fields.SetField(subfield=fields.StringField())
    writers = fields.ListField(subfield=fields.StringField())
    unless = fields.ListField(subfield=fields.StringField(), default=[])

    def breaches(self, tree: Tree) -> list[str]:
        """Return a sentence for each statement of another module."""
        tables = cast(set[str], self.tables)
        allowed = [*cast(list[str], self.writers), *cast(list[str], self.unless)]
        return [
            f"{module.name} (l.{line}) writes {table}"
            for module in tree.modules.values()
            if not any(is_inside(module.name, each) for each in allowed)
            for line, table in _writes(module, tables)
        ]


def _writes(module: Module, tables: set[str]) -> Iterator[tuple[int, str]]:
    if not any(table in module.source for table in tables):
        return  # most modules: to walk the syntax of all takes seconds
    names = {name: name for name in tables} | _aliases(module, tables)
    for node in ast.walk(module.syntax):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in tables:
            yield node.lineno, node.func.id
        elif _called(node) in _WRITES or (isinstance(node.func, ast.Call) and _called(node.func) == _INSERT_FOR):
            for argument in node.args:
                table = names.get(_table_name(argument))
                if table is not None:
                    yield node.lineno, table


def _aliases(module: Module, tables: set[str]) -> dict[str, str]:
    """Return the names that stand for a table in the whole module: `_job = table_of(Job)`."""
    return {
        target.id: _table_name(statement.value)
        for statement in module.syntax.body
        if isinstance(statement, ast.Assign) and _table_name(statement.value) in tables
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _table_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and _called(node) == _TABLE_OF and node.args:
        return _table_name(node.args[0])
    return node.id if isinstance(node, ast.Name) else ""


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
