"""The smallest parts of pages: they know nothing of jobs."""
