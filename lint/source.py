"""The modules of a package as they are written: what each imports, what each package hands out. Nothing is executed."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

_ALL = "__all__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported name."""

    importer: str
    target: str
    """The dotted path as it is written, with the name at its end: `app.queue.acts.start`."""
    local_name: str
    """What the importer calls it."""
    line: int


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file."""

    name: str
    path: Path
    is_package: bool
    """Whether it is the `__init__.py` of a folder."""
    source: str = field(repr=False)
    syntax: ast.Module = field(repr=False)

    @cached_property
    def imports(self) -> list[Import]:
        """All imports: those inside functions, and those for type checkers only, too."""
        return list(_imports(self.name, self.syntax, package=self.name if self.is_package else parent(self.name)))

    @cached_property
    def handed_out(self) -> list[str]:
        """The names in `__all__`; none where there is no such list.

        Raises:
            ValueError: they are not written out as plain lists.
        """
        names: list[str] = []
        for statement in self.syntax.body:
            if isinstance(statement, ast.Assign) and [ast.unparse(each) for each in statement.targets] == [_ALL]:
                names = self._listed(statement.value)
            elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and ast.unparse(statement.target) == _ALL:
                before = names if isinstance(statement, ast.AugAssign) else []
                names = before + (self._listed(statement.value) if statement.value else [])
        return names

    def _listed(self, value: ast.expr) -> list[str]:
        try:
            return [str(name) for name in ast.literal_eval(value)]
        except ValueError as error:
            raise ValueError(f"{self.name} (l.{value.lineno}): write the names of {_ALL} out in a list.") from error

    def attributes_of(self, name: str) -> dict[str, int]:
        """Return what is taken of a name by a dot, each with the line of its first use: `name.attribute`."""
        found: dict[str, int] = {}
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Attribute) and _dotted(node.value) == name:
                found.setdefault(node.attr, node.lineno)
        return found

    @property
    def docstring(self) -> str:
        """What it says of itself; empty where it says nothing."""
        return ast.get_docstring(self.syntax) or ""


class Tree:
    """All modules of a package by their names."""

    def __init__(self, modules: Iterable[Module]) -> None:
        """Take the modules as they are."""
        self.modules: Mapping[str, Module] = {module.name: module for module in modules}

    @property
    def packages(self) -> list[Module]:
        """The folders, in the order of their names."""
        return sorted((each for each in self.modules.values() if each.is_package), key=lambda each: each.name)

    def imports(self) -> Iterator[Import]:
        """All imports of all modules."""
        for module in self.modules.values():
            yield from module.imports

    def module_of(self, target: str) -> str | None:
        """Return the module that an imported path leads to: itself, or the one that holds the name; None for others."""
        while target not in self.modules:
            if "." not in target:
                return None
            target = parent(target)
        return target

    def loaded_with(self, module: str) -> dict[str, int]:
        """Return what Python runs for the imports of a module, each with the line of its first import.

        That is more than what is written: `import a.b.c` runs `a` and `a.b` before. Packages that hold the module are
        left out, for they run before it.
        """
        found: dict[str, int] = {}
        for each in self.modules[module].imports:
            imported = self.module_of(each.target)
            if imported is None or imported == module:
                continue
            found.setdefault(imported, each.line)
            for package in parents(imported):
                if not is_inside(module, package):
                    found.setdefault(package, each.line)
        return found


def read_tree(root: str) -> Tree:
    """Read all modules of a package that can be imported, without importing them.

    Raises:
        ModuleNotFoundError: there is no such package.
    """
    spec = find_spec(root)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"There is no package {root}.")
    folder = Path(next(iter(spec.submodule_search_locations)))
    return Tree(read_module(path, name=_name(path, folder, root)) for path in sorted(folder.rglob("*.py")))


def read_module(path: Path, *, name: str) -> Module:
    """Read one file as the module of a name."""
    return _parsed(path, name, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, name: str, _written_at: int) -> Module:
    """Every contract reads the whole tree; the syntax is found once."""
    source = path.read_text(encoding="utf-8")
    syntax = ast.parse(source, filename=str(path))
    return Module(name=name, path=path, is_package=path.name == "__init__.py", source=source, syntax=syntax)


def parent(name: str) -> str:
    """Return the package that holds a module; empty for the outermost."""
    return name.rpartition(".")[0]


def parents(name: str) -> Iterator[str]:
    """Yield the packages that hold a module, innermost first."""
    while name := parent(name):
        yield name


def is_inside(module: str, package: str) -> bool:
    """Say whether a module is the package itself or lies anywhere below it."""
    return module == package or module.startswith(f"{package}.")


def _name(path: Path, folder: Path, root: str) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join([root, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _imports(importer: str, syntax: ast.Module, *, package: str) -> Iterator[Import]:
    for node in _statements(syntax.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(
                    importer=importer, target=alias.name, local_name=alias.asname or alias.name, line=node.lineno
                )
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(filter(None, [_climb(package, node.level), node.module]))
            for alias in node.names:
                yield Import(
                    importer=importer,
                    target=f"{origin}.{alias.name}",
                    local_name=alias.asname or alias.name,
                    line=node.lineno,
                )


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements and those inside them; expressions, nine tenths of a syntax, hold none."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(part.body)


def _dotted(node: ast.expr) -> str:
    """Return what an expression of names and dots says: `a.b.c`; empty for another one."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def _climb(package: str, level: int) -> str:
    """Return the package that the dots of a relative import stand for; empty for an absolute one."""
    if level == 0:
        return ""
    return ".".join(package.split(".")[: len(package.split(".")) - level + 1])
