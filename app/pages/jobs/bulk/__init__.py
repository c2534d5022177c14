"""Acts on many jobs, as several pages ask for them."""

__all__ = ["bulk_acts"]
