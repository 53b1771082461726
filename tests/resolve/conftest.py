"""The Resolve script's package on the path, and a film to work on."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
for folder in (ROOT / "resolve_script", Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
