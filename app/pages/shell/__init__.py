"""The frame around every page: navigation, theme, connection, palette, shortcuts, the list of style sheets.

What stands inside the frame is not here: each page has a room of its own.
"""

__all__ = [
    "delivery",
    "layout",
    "missing",
    "palette",
    "palette_arrival",
    "palette_entries",
    "shortcuts",
    "standing_notice",
    "sub_pages",
    "tab_title",
]
