"""The outline of a page: its head and empty cards, in the HTML itself, until the page's elements are there.

It goes by a rule of its style sheet as soon as there are elements, and comes back for the moment in which a page is
put in the place of another one.
"""

from html import escape

# The theme that was chosen, before Quasar writes the same class.
_THEME = """<script>
(({ theme }) => {
  const isDark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.add(isDark ? "body--dark" : "body--light");
})(document.documentElement.dataset);
</script>"""


def outline(path: str, *, name: str, places: dict[str, str], root: str) -> str:
    """Return the outline of a page as HTML. Its links lead somewhere already: to the document of that page.

    Args:
        path: of the page.
        name: what the head is to say.
        places: the names of the pages by their paths.
        root: what stands before each path, behind a proxy.
    """
    links = "".join(
        f'<a class="jd-nav__link" tabindex="-1" href="{escape(root + place)}"{_present(path, place)}>'
        f"{escape(label)}</a>"
        for place, label in places.items()
    )
    body = _DASHBOARD if path == "/" else _PAGE
    return (
        f'{_THEME}<div class="jd-outline" aria-hidden="true"><div class="jd-outline__head"><div class="jd-header__row">'
        f'<span class="jd-brand"><i></i><span>{escape(name)}</span></span><span class="jd-nav">{links}</span>'
        f'</div></div><div class="jd-main">{body}</div></div>'
    )


def _present(path: str, place: str) -> str:
    return ' aria-current="page"' if (path.rstrip("/") or "/") == place else ""


def _card(lines: int, *, classes: str = "") -> str:
    line = '<div class="jd-skeleton__line"></div>'
    return f'<div class="jd-panel {classes}"><div class="jd-skeleton">{line * lines}</div></div>'


_DASHBOARD = (
    f'<div class="jd-grid"><div class="jd-grid__wide">{_card(2)}</div>'
    f'<div class="jd-column">{_card(4)}{_card(6)}</div><div class="jd-column">{_card(10)}</div></div>'
)
_PAGE = f'<div class="jd-column">{_card(2)}{_card(12)}</div>'
