"""The frame around every page: navigation, theme, connection, palette, shortcuts, the styles of all parts."""
