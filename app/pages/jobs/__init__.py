"""What several pages say and do about jobs: states, acts, refusals, the table of jobs."""
