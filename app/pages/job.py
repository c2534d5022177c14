def page(job_id: str) -> None: pass
