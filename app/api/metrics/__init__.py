"""`/metrics`: how the installation does, for Prometheus.

    routes.py     the address, and the form that is asked for: Prometheus text, or OpenMetrics
    families.py   the metrics, read from the database at each scrape

Nothing is counted in this process, which is one of many: whichever web process is asked says the same, and what dies
takes no figure along.
"""

__all__ = ["routes"]
