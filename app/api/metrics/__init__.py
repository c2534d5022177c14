"""`/metrics`: how the installation does, for Prometheus.

    routes.py     the address, and the form that is asked for: Prometheus text, or OpenMetrics
    families.py   the metrics, read from the database at each scrape

No figure is kept in a process. Each web process reads the database and answers the same, and a process that dies takes
no figure along.
"""

__all__ = ["families", "routes"]
