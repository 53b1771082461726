"""The work behind both interfaces: an action and its answers in, progress and sentences out.

The Resolve API is used from the calling thread only, as Resolve wants it.
"""

import threading
import traceback
from typing import Callable, Dict, List, Optional

from ..edit.plan import ClipPlan, Refusal
from ..edit.put import Outcome
from ..errors import Refused, Stuck, Undone
from ..session import Session
from .form import choice_from

Progress = Callable[[float, str], None]


def do(
    session: Session, action: str, values: Dict[str, str], progress: Progress, cancel: Optional[threading.Event] = None
) -> List[str]:
    """Run one action; every ending is a list of sentences, never an exception."""
    try:
        choice = choice_from(values)
        if action == "perform":
            return _sentences(session.perform(choice, progress, cancel))
        if action == "update":
            return _sentences(session.update(choice, progress, cancel))
        if action == "update_changed":
            return _sentences(session.update(choice, progress, cancel, only_changed=True))
        if action == "restore":
            return _sentences(session.restore(choice))
        if action == "plan":
            return [_plan_line(planned) for planned in session.plan(choice)]
        raise Refused("the action %r is unknown; choose a button" % action)
    except (Refused, Undone, Stuck) as error:
        session.log.say(str(error))
        return [str(error)]
    except Exception as error:  # noqa: BLE001 - the editor gets a sentence, the log gets the traceback
        session.log.say(traceback.format_exc())
        return ["an unexpected %s (%s); the log is %s" % (type(error).__name__, error, session.log.path)]


def _sentences(outcomes: List[Outcome]) -> List[str]:
    done = sum(outcome.ok for outcome in outcomes)
    head = "%d of %d clips done" % (done, len(outcomes))
    return [head, *(outcome.text for outcome in outcomes)]


def _plan_line(planned: object) -> str:
    if isinstance(planned, Refusal):
        return planned.reason
    assert isinstance(planned, ClipPlan)
    return "%r: source frames %d to %d with the vocal %s from %.3f s" % (
        *(planned.name, planned.first, planned.last, planned.vocal.path),
        planned.vocal.at_s,
    )
