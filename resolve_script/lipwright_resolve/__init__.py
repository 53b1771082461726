"""Lipwright for DaVinci Resolve: the machine does the mouth, the editor does the rest.

Standard library only, Python 3.8 and later, because Resolve brings whatever Python it finds. The work itself runs in
lipwright's own environment, through `lipwright.client`.
"""

__version__ = "0.1.0"
