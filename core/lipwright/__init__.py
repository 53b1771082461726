"""lipwright: a vocal in, a mouth that sings it out.

Importing this package loads the standard library only; `lipwright.service` loads what the work needs.
"""

__version__ = "0.1.0"
