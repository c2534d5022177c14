"""The page of the history: its filter, its rows, the selection."""
