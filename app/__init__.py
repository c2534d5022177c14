"""Jobdeck: start, watch and understand background jobs. One package per room; docs/design.md is the map."""
