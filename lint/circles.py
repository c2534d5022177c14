"""No import circle: modules that need each other can be neither read nor loaded one after the other."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from lint.finding import TreeContract
from lint.source import Tree

Graph = Mapping[str, Iterable[str]]


class NoCircles(TreeContract):
    """No module is loaded, directly or by way of others, for its own import.

    Imports inside functions count, for they hide circles, and so do imports for type checkers. A package's
    `__init__.py` counts as imported by whoever imports anything below it, from outside of it.
    """

    type_name = "no_circles"

    def breaches(self, tree: Tree) -> list[str]:
        """Return the shortest way around each circle."""
        graph = {name: sorted(tree.loaded_with(name)) for name in tree.modules}
        found = []
        for circle in circles(graph):
            way = shortest_way(graph, circle[0], circle)
            lines = {module: tree.loaded_with(module)[after] for module, after in pairwise(way)}
            steps = " -> ".join(f"{module} (l.{lines[module]})" for module in way[:-1])
            found.append(f"{len(circle)} modules in a circle: {steps} -> {way[-1]}")
        return found


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of modules of which each reaches each other one (Tarjan 1972), sorted."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        path.append(module)
        for after in graph[module]:
            if after not in number:
                visit(after)
            if after in path:
                lowest[module] = min(lowest[module], lowest[after])
        if lowest[module] == number[module]:
            place = path.index(module)
            group = path[place:]
            del path[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return sorted(found)


def shortest_way(graph: Graph, start: str, within: Iterable[str]) -> list[str]:
    """Return the shortest way from a module back to itself; there has to be one."""
    allowed = set(within)
    ways = [[start]]
    for way in ways:
        for after in graph[way[-1]]:
            if after == start:
                return [*way, start]
            if after in allowed:
                allowed.remove(after)
                ways.append([*way, after])
    raise ValueError(f"{start} is in no circle.")
