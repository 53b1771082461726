"""Running lipwright's core in its own environment: perform the vocal once, then dub each clip with it.

All work is in files under the job's folder; Resolve is not touched here.
"""

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from lipwright import client

from .edit.plan import ClipPlan
from .errors import Refused

MIN_VERSION = (0, 1)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Direction:
    """How the clips are to be performed: the core's own flags."""

    preset: str = "natural"
    emotion: str = "neutral"
    emotion_intensity: float = 0.6
    articulation: float = 1.0
    seed: int = 0
    engine: str = "auto"
    face: str = "largest"

    def perform_args(self) -> List[str]:
        """The direction as `lipwright perform` takes it."""
        return [
            *("--preset", self.preset, "--emotion", self.emotion, "--emotion-intensity", "%g" % self.emotion_intensity),
            *("--articulation", "%g" % self.articulation, "--seed", "%d" % self.seed),
        ]


@dataclass(frozen=True)
class Core:
    """Where the core lives: its Python, with the options that Python needs."""

    python: Tuple[str, ...]

    def run(self, args: Sequence[str], progress: Progress, cancel: Optional[threading.Event]) -> List[Dict[str, Any]]:
        """Run one command to its end; returns its events. Raises Refused with the core's own sentence."""

        def on_event(event: Dict[str, Any]) -> None:
            if event["type"] == "progress":
                progress(float(event.get("value") or 0.0), str(event.get("stage") or ""))

        result = client.run(args, python=self.python, env=client.environment(), on_event=on_event, cancel=cancel)
        if not result.ok:
            raise Refused(result.message)
        return result.events

    def check(self) -> str:
        """The core's version. Raises Refused when it is missing or too old."""
        result = client.run(["doctor"], python=self.python, env=client.environment(), timeout_s=60)
        version = next((str(e.get("version")) for e in result.events if e["type"] == "result"), "")
        if not result.ok or not version:
            raise Refused(
                "lipwright's core does not start (%s); run `lipwright install resolve` again"
                % (result.message or "no version")
            )
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if numbers < MIN_VERSION:
            raise Refused("lipwright %s is too old for this script; update it, then install again" % version)
        return version


def fingerprint(plan: ClipPlan, lyrics: Optional[str], direction: Direction) -> str:
    """What a take depends on; while it is the same, there is nothing to update."""
    parts = [
        [plan.path, str(plan.fps), plan.first, plan.last, round(plan.speed, 4)],
        [plan.vocal.path, round(plan.vocal.at_s, 3), plan.vocal.channel, _stamp(plan.vocal.path)],
        [_digest(lyrics), repr(direction), _stamp(plan.path)],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _stamp(path: str) -> List[int]:
    """Size and second of last change: enough to notice another file under the same name."""
    facts = os.stat(path)
    return [facts.st_size, int(facts.st_mtime)]


def _digest(path: Optional[str]) -> str:
    if path is None:
        return ""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def take_path(folder: str, plan: ClipPlan) -> str:
    """`<stem>.lipsync.vNNN.mov`, a number that was never used: Resolve remembers media by path."""
    stem = os.path.splitext(os.path.basename(plan.path))[0]
    number = 1
    while True:
        path = os.path.join(folder, "%s.lipsync.v%03d.mov" % (stem, number))
        if not os.path.exists(path) and not os.path.exists(path + ".json"):
            return path
        number += 1


def perform(
    core: Core,
    vocal: str,
    channel: Optional[int],
    lyrics: Optional[str],
    direction: Direction,
    folder: str,
    progress: Progress,
    cancel: Optional[threading.Event],
) -> str:
    """The performance document of a vocal, in `folder`; hand corrections in an older one are kept."""
    stem = os.path.splitext(os.path.basename(vocal))[0]
    suffix = "" if channel is None else ".ch%d" % channel
    tag = hashlib.sha256(os.path.abspath(vocal).encode("utf-8", "replace")).hexdigest()[:6]
    document = os.path.join(folder, "%s%s.%s.lipwright" % (stem, suffix, tag))
    args = ["perform", vocal, "-o", document, *direction.perform_args()]
    if lyrics is not None:
        args += ["--lyrics", lyrics]
    if channel is not None:
        args += ["--channel", "%d" % channel]
    core.run(args, progress, cancel)
    return document


def dub(
    core: Core,
    plan: ClipPlan,
    document: str,
    direction: Direction,
    output: str,
    progress: Progress,
    cancel: Optional[threading.Event],
) -> None:
    """Render the take of one clip: the planned source frames with handles, moved by the vocal under them."""
    fps = float(plan.fps)
    args = [
        *("dub", plan.path, "--performance", document, "--engine", direction.engine, "--face", direction.face),
        *("--from", "%.6f" % (plan.out_first / fps), "--to", "%.6f" % (plan.out_last / fps)),
        *("--start=%.6f" % -plan.vocal_start_s, "--retime", "%.6f" % plan.speed),
        *("--sound", "none", "--codec", "prores", "-o", output),
    ]
    core.run(args, progress, cancel)
    if not os.path.isfile(output):
        raise Refused("the take %r was not written; free disk space and try again" % output)
