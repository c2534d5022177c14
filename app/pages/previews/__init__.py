"""Results and files, shown: JSON, Markdown, tables, pictures."""

__all__ = ["file_list", "file_preview", "result_view"]
