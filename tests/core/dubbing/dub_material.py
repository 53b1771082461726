"""The material of tests of dubs."""

from pathlib import Path

import lipwright

DEMO = Path(lipwright.__file__).parent / "data" / "demo"
SECONDS = 2.4
RATE = 25
