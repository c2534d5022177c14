"""Results and files, shown: JSON, Markdown, tables, pictures."""
