"""A bar that shows how far something is; `ratio` is bindable."""

from typing import Any, Self, cast

from nicegui.binding import BindableProperty, bind_from
from nicegui.element import Element

from app.pages.widgets.markup import Plain


class ProgressBar(Plain):
    """Filled from 0 to 1; moves to and fro where the ratio is None."""

    ratio = BindableProperty(on_change=lambda sender, ratio: cast("ProgressBar", sender)._draw(ratio))

    def __init__(self, *, label: str) -> None:
        """`label` names it for a screen reader."""
        super().__init__()
        self.classes("jd-progress")
        self.props["role"] = "progressbar"
        self.props["aria-label"] = label
        self.props["aria-valuemin"] = 0
        self.props["aria-valuemax"] = 100
        with self:
            self._fill = Element("i")
        self.ratio = None
        self._draw(None)

    def bind_ratio_from(self, source: Any, name: str = "ratio") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "ratio", source, name)
        return self

    def _draw(self, ratio: float | None) -> None:
        self.classes(**{"add" if ratio is None else "remove": "jd-progress--unknown"})
        self.props.set_optional("aria-valuenow", None if ratio is None else round(ratio * 100))
        self._fill.style(replace="" if ratio is None else f"transform: scaleX({ratio:.4f})")
