"""How a worker hears that its jobs have to stop."""

ORDERS_SECONDS = 2.0
"""How often the rows of running jobs are read for orders; Redis brings them at once, but may lose them."""
