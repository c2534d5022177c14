"""What a browser gets before the first element of a page: style sheets, icons, fonts, and the outline of the page.

All of it has an address that changes with its content, so that a browser keeps it for good. What is drawn in the page
itself is not here.
"""

__all__ = ["assets", "page_json"]
