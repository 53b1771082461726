#!/usr/bin/env python3
# Lipwright for DaVinci Resolve (Workspace > Scripts > Lipwright). Written here by `lipwright install resolve`.
import os
import sys

HOME = r"@LIPWRIGHT_HOME@"
PYTHON = [r"@LIPWRIGHT_PYTHON@"]


def start():
    """Say what to do where something is missing; else run the script from its own folder."""
    needed = [os.path.join(HOME, *parts) for parts in (("lipwright_resolve", "main.py"), ("lipwright", "client.py"))]
    missing = [path for path in [*needed, PYTHON[0]] if not os.path.exists(path)]
    if sys.version_info < (3, 8):
        print(
            "Lipwright: Resolve runs Python %d.%d; install Python 3.8 or later (3.10 to 3.12 are safest)"
            % sys.version_info[:2]
        )
    elif missing:
        print("Lipwright: %s is missing; run `lipwright install resolve` again" % missing[0])
    else:
        sys.path.insert(0, HOME)
        from lipwright_resolve.main import run

        run(globals(), PYTHON)


start()
