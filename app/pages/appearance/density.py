"""How much room rows and cards take: kept for the person, applied before the first paint."""

from typing import Literal, cast, get_args

from nicegui import app, ui

Density = Literal["comfortable", "compact"]
LABELS: dict[Density, str] = {"comfortable": "Comfortable", "compact": "Compact"}
_SET = "document.documentElement.dataset.density = '%s'"


def chosen_density() -> Density:
    """Return the person's choice."""
    kept = app.storage.user.get("density")
    return cast(Density, kept) if kept in get_args(Density) else "comfortable"


def apply_density() -> None:
    """Draw the present page as the person has chosen."""
    ui.add_head_html(f"<script>{_SET % chosen_density()}</script>")


def choose_density(density: Density) -> None:
    """Keep another choice, and show it in the present tab at once."""
    app.storage.user["density"] = density
    ui.run_javascript(_SET % density)
