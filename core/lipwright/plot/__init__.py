"""A performance as a picture that an artist can check: PNG, SVG, or an HTML page that plays the vocal."""

from lipwright.plot.render import PlotOptions, plot

__all__ = ["PlotOptions", "plot"]
