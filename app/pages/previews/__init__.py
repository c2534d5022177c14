"""Results, params and files of a job, drawn for people: JSON, Markdown, tables, pictures.

Whatever a job wrote is text here until it is known to be harmless. What may be downloaded is decided by `app.api`.
"""

__all__ = ["file_list", "file_preview", "markdown_text", "result_view"]
