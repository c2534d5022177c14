"""The frame around every page: navigation, theme, connection, palette, shortcuts, the styles of all parts."""

__all__ = ["layout", "missing", "palette", "palette_arrival", "shortcuts", "sub_pages", "tab_title"]
