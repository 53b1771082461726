"""A timeline to look at: as a table, as text, as SVG, as a page."""
