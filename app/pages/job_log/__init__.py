"""The log of a job, live and whole."""
