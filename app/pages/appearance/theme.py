"""Light, dark, or as the system has it: kept for the person, applied before the first paint."""

from typing import Literal, cast, get_args

from nicegui import ElementFilter, app, ui
from nicegui.binding import BindableProperty

from app.pages.widgets.markup import Icon, Text, name_for_tests
from app.pages.widgets.press import opens_menu

Theme = Literal["light", "dark", "system"]
LOOKS: dict[Theme, tuple[str, str]] = {
    "light": ("Light", "light_mode"),
    "dark": ("Dark", "dark_mode"),
    "system": ("System", "contrast"),
}
_IS_DARK: dict[Theme, bool | None] = {"light": False, "dark": True, "system": None}


def chosen_theme() -> Theme:
    """Return the person's choice; the system's until they chose."""
    kept = app.storage.user.get("theme")
    return cast(Theme, kept) if kept in get_args(Theme) else "system"


class ThemeSwitch(ui.button):
    """A button with a menu of the three themes. `theme`, which is bindable, is the chosen one."""

    theme = BindableProperty(on_change=lambda sender, theme: cast("ThemeSwitch", sender)._show(theme))

    def __init__(self) -> None:
        """Apply the person's theme and offer the others."""
        theme = chosen_theme()
        super().__init__(icon=LOOKS[theme][1], color=None)
        self.classes("jd-icon-button").props("flat")
        self.props["aria-label"] = "Theme"
        name_for_tests(self, "theme")
        ui.add_head_html(f"<script>document.documentElement.dataset.theme = '{theme}'</script>")
        self._dark = ui.dark_mode(_IS_DARK[theme])
        self.theme = theme
        opens_menu(self, self._offer_all, props="auto-close anchor='bottom right' self='top right' :offset='[0, 6]'")

    def _offer_all(self) -> None:
        for theme in LOOKS:
            item = self._offer(theme)
            item.props["role"] = "menuitemradio"
            item.props["aria-checked"] = "true" if theme == self.theme else "false"

    def _offer(self, theme: Theme) -> ui.menu_item:
        label, icon = LOOKS[theme]
        with ui.menu_item(on_click=lambda: setattr(self, "theme", theme)).classes("jd-menu-line") as item:
            Icon(icon).props["aria-hidden"] = "true"
            Text("span", label)
        return name_for_tests(item, f"theme-{theme}")

    def _show(self, theme: Theme) -> None:
        app.storage.user["theme"] = theme
        self._dark.value = _IS_DARK[theme]
        self.set_icon(LOOKS[theme][1])


def theme_switch() -> ThemeSwitch:
    """Return the switch of the present tab, which is in the head of every page."""
    [switch] = ElementFilter(kind=ThemeSwitch)
    return switch
