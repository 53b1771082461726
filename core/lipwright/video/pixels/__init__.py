"""Pixels as they are coded: colour, layouts, regions, mastering data."""
