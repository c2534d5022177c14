"""The reads: jobs, counts, figures, activity. Nothing here changes anything."""
