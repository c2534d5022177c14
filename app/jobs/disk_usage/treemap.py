"""A rectangle divided by size, as nested HTML boxes: no script, no picture, and it fits any width.

The layout is the squarified treemap of Bruls, Huizing and van Wijk (Eurographics 2000): rows are filled along the
shorter side as long as that makes their boxes squarer. Boxes are placed in percent of the box around them; labels
that do not fit are hidden by the page's style (container queries), and everything is said in the hint of its box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.jobs.disk_usage.usage import Spot
from app.reports import printable
from app.reports.words import clipped, counted, percent, size

# The box of a folder has a line for its name and a thin frame, in pixels of the intended width. NOTE: page.css.
HEAD, FRAME, GAP = 21, 3, 1
LEAST_AREA = 90  # square pixels; smaller parts are shown together
LEAST_SIDES = 46, 40  # a folder smaller than this is drawn without its parts
HUES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where something is drawn, in pixels of the intended width."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Rest:
    """The parts of a folder too small to be drawn."""

    allocated_bytes: int


def treemap(root: Spot, *, width: int, height: int) -> str:
    """Return the map of `root` for about this many pixels; empty when nothing takes room."""
    if not root.allocated_bytes:
        return ""
    words = ", ".join(
        f"{clipped(printable(part.name))} {percent(part.allocated_bytes, root.allocated_bytes)}"
        for part in root.parts[:8]
    )
    label = f"Map of {printable(root.path)}: {words}"
    inner = _parts(root, Box(left=0, top=0, width=width, height=height), root, hue=None)
    return (
        f'<div class="map" style="aspect-ratio:{width}/{height}" role="img" aria-label="{escape(label)}">{inner}</div>'
    )


def _parts(folder: Spot, area: Box, root: Spot, *, hue: int | None) -> str:
    """Return the boxes of a folder's parts inside `area`."""
    scale = area.width * area.height / folder.allocated_bytes
    shown: list[Spot | _Rest] = [part for part in folder.parts if part.allocated_bytes * scale >= LEAST_AREA]
    rest = folder.allocated_bytes - sum(part.allocated_bytes for part in shown)
    if rest * scale >= LEAST_AREA:
        shown.append(_Rest(rest))
    shown.sort(key=lambda part: part.allocated_bytes, reverse=True)
    boxes = squarify([part.allocated_bytes for part in shown], area)
    drawn = []
    folders = 0
    for part, box in zip(shown, boxes, strict=True):
        if isinstance(part, _Rest):
            drawn.append(_rest(part, box, area, root))
        else:
            drawn.append(_part(part, box, area, root, hue=folders % HUES if hue is None else hue))
            folders += 1
    return "".join(drawn)


def _part(part: Spot, box: Box, area: Box, root: Spot, *, hue: int) -> str:
    name = clipped(printable(part.way), longest=90)
    amount = f"{size(part.allocated_bytes)}, {percent(part.allocated_bytes, root.allocated_bytes)}"
    files = f", {counted(part.files, 'file')}" if part.kind == "folder" else ""
    hint = escape(f"{clipped(printable(part.path), longest=300)}\n{amount}{files}")
    label = f"<b><bdi>{escape(name)}</bdi><small>{size(part.allocated_bytes)}</small></b>"
    inside = Box(left=0, top=0, width=box.width - 2 * FRAME - GAP, height=box.height - HEAD - FRAME - GAP)
    is_open = bool(part.parts) and box.width >= LEAST_SIDES[0] and box.height >= LEAST_SIDES[1]
    inner = f'<div class="in">{_parts(part, inside, root, hue=hue)}</div>' if is_open else ""
    kind = "open" if is_open else part.kind
    return f'<div class="box {kind} h{hue}" style="{_place(box, area)}" title="{hint}">{label}{inner}</div>'


def _rest(rest: _Rest, box: Box, area: Box, root: Spot) -> str:
    amount = f"{size(rest.allocated_bytes)}, {percent(rest.allocated_bytes, root.allocated_bytes)}"
    return (
        f'<div class="box rest" style="{_place(box, area)}" title="Everything smaller\n{amount}">'
        f"<b>smaller ones<small>{size(rest.allocated_bytes)}</small></b></div>"
    )


def _place(box: Box, area: Box) -> str:
    left, width = 100 * (box.left - area.left) / area.width, 100 * box.width / area.width
    top, height = 100 * (box.top - area.top) / area.height, 100 * box.height / area.height
    return f"left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%"


def squarify(sizes: Sequence[int], area: Box) -> list[Box]:
    """Divide `area` by `sizes` (falling, all above 0); the boxes come in the same order and fill it."""
    boxes: list[Box] = []
    left, top, width, height = area.left, area.top, area.width, area.height
    scale = width * height / max(sum(sizes), 1)
    areas = [one * scale for one in sizes]
    start = 0
    while start < len(areas):
        side = min(width, height)
        end, total = start + 1, areas[start]
        worst = _worst(areas[start], areas[start], total, side)
        while end < len(areas):
            longer = _worst(areas[start], areas[end], total + areas[end], side)
            if longer > worst:
                break
            worst, total, end = longer, total + areas[end], end + 1
        thick = total / side
        along = 0.0
        for one in areas[start:end]:
            length = one / thick
            if width >= height:  # a column at the left, filled downwards
                boxes.append(Box(left=left, top=top + along, width=thick, height=length))
            else:  # a row at the top, filled to the right
                boxes.append(Box(left=left + along, top=top, width=length, height=thick))
            along += length
        if width >= height:
            left, width = left + thick, max(width - thick, 1e-9)
        else:
            top, height = top + thick, max(height - thick, 1e-9)
        start = end
    return boxes


def _worst(biggest: float, smallest: float, total: float, side: float) -> float:
    """Return how far from square the worst box of a row is: 1 for a square, 3 for three to one."""
    return max(side * side * biggest / (total * total), total * total / (side * side * smallest))
