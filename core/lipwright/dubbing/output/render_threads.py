"""Frames through the engine and out: one thread reads, one paints, one writes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from lipwright.dubbing.output import eta
from lipwright.mouths.engines.interface import MouthEngine, Patch
from lipwright.mouths.face.warp import Box
from lipwright.video import Clip, Frame, Plan, region_rgb, walk

Report = Callable[[float, str], None]
AHEAD = 4  # frames of up to 4K that wait between threads, enough to smooth over slow ones; of larger ones fewer
_4K = 3840 * 2160
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """One output frame of the source, and what goes on it (nothing on frames that are handed through)."""

    frame: Frame
    box: Box | None
    patch: Patch | None


def painted(clip: Clip, plan: Plan, engine: MouthEngine, start: int = 0, stop: int | None = None) -> Iterator[Painted]:
    """Every output frame from `start` to `stop`, read ahead on another thread."""
    part = plan if stop is None else Plan(plan.source[:stop], plan.pts[:stop])
    dtype = np.uint16 if clip.info.bits > 8 else np.uint8
    for frame in ahead(walk(clip, part, start), waiting(clip)):
        box = engine.box(frame.index)
        if box is None:
            yield Painted(frame, None, None)
            continue
        yield Painted(frame, box, engine.render(frame.index, region_rgb(frame, box.corners, dtype)))


def waiting(clip: Clip) -> int:
    """How many frames may wait: a picture of 8K takes 50 to 200 MB."""
    return max(1, min(AHEAD, AHEAD * _4K // max(1, clip.width * clip.height)))


class _End:
    """What follows the last item of a stream: an error or nothing."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[T], size: int = AHEAD) -> Iterator[T]:
    """The same items, made on another thread up to `size` ahead; its error is raised here."""
    line: queue.Queue[Any] = queue.Queue(size)
    stopping = threading.Event()

    def fill() -> None:
        try:
            for item in items:
                while not stopping.is_set():
                    try:
                        line.put(item, timeout=0.2)
                        break
                    except queue.Full:
                        continue
                if stopping.is_set():
                    return
            end = _End(None)
        except BaseException as error:  # noqa: BLE001 - handed to the reading thread, which raises it
            end = _End(error)
        while not stopping.is_set():
            try:
                line.put(end, timeout=0.2)
                return
            except queue.Full:
                continue

    worker = threading.Thread(target=fill, name="lipwright-read", daemon=True)
    worker.start()
    try:
        while True:
            item = line.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopping.set()
        worker.join()


class Behind:
    """A place to hand items to that are dealt with in order on another thread; use it in a `with`."""

    def __init__(self, deal: Callable[[Any], None], size: int = AHEAD) -> None:
        self._deal, self._line, self._error = deal, queue.Queue[Any](size), list[BaseException]()
        self._worker = threading.Thread(target=self._run, name="lipwright-write", daemon=True)

    def __enter__(self) -> Behind:
        self._worker.start()
        return self

    def put(self, item: Any) -> None:
        """Hand over one item; raises what dealing with an earlier one raised."""
        if self._error:
            raise self._error[0]
        self._line.put(item)

    def _run(self) -> None:
        while (item := self._line.get()) is not None:
            if self._error:
                continue  # the writer failed: empty the line so that nobody waits
            try:
                self._deal(item)
            except BaseException as error:  # noqa: BLE001 - raised on the painting thread by put or __exit__
                self._error.append(error)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._line.put(None)
        self._worker.join()
        if kind is None and self._error:
            raise self._error[0]


class Pace:
    """Says how far the rendering is, how fast, and how long it will take."""

    def __init__(self, report: Report, low: float, high: float, total: int, done: int = 0) -> None:
        self._report, self._low, self._high, self._total = report, low, high, max(1, total)
        self._done, self._pace = done, eta.Pace(total, done)

    def step(self) -> None:
        """One frame more."""
        self._done += 1
        share = self._low + (self._high - self._low) * self._done / self._total
        self._report(share, self._pace.words("rendering", self._done))
