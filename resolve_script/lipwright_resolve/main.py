"""What the menu entry runs: find Resolve, find the core, show the interface."""

import os
from typing import Any, Mapping, Sequence

from . import api, logs
from .core import Core
from .errors import Refused
from .session import Session
from .ui import fusion_ui, web_ui


def run(given: Mapping[str, Any], python: Sequence[str]) -> int:
    """Start Lipwright inside Resolve. `given` are the globals Resolve injects; `python` is the core's."""
    home = logs.folder()
    log = logs.Log(os.path.join(home, "lipwright.log"))
    try:
        resolve = api.connect(given)
        core = Core(tuple(python))
        core.check()
    except Refused as error:
        log.say(str(error))
        print("Lipwright: %s" % error)
        return 1

    def make_session() -> Session:
        """A fresh look at the project each time: another timeline may be open by now."""
        return Session(resolve, core, home, log)

    if fusion_ui.available(resolve, given):
        fusion_ui.show(make_session, given["fusion"], given["bmd"])
    else:
        web_ui.serve(make_session)
    return 0
