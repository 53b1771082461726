"""From stretches to people: segments joined into one track each, inside shots by place, across cuts by looks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lipwright.faces.geometry import Points, box_of
from lipwright.faces.identity import Looks, likeness
from lipwright.faces.tracker import Segment

NEAR_S = 2.0  # within a shot somebody who was lost is looked for near their last place this long
# Different people of the GRID clips reach 0.71; one person under other light, framing and blur stays above 0.8.
SAME_LOOKS = 0.78
OTHER_LOOKS = 0.45  # near in place but this unlike: somebody else
LEAST_FRAMES = 3  # shorter stretches are mostly not faces


@dataclass(slots=True, eq=False)
class Person:
    """Segments that are one face, in order."""

    segments: list[Segment] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)

    def add(self, segment: Segment) -> None:
        """One more stretch of them."""
        self.segments.append(segment)
        self.looks = self.looks.joined(segment.looks)

    @property
    def weight(self) -> float:
        """Area times frames: what makes a face the largest."""
        return float(sum(np.prod(box[2:] - box[:2]) for s in self.segments for box in map(_box, s.points)))


def people_of(segments: list[Segment], times_s: NDArray[np.float64], shots: NDArray[np.int32]) -> list[Person]:
    """Every segment given to a person; the largest and longest seen comes first."""
    long_enough = [s for s in segments if len(s.points) >= min(LEAST_FRAMES, len(times_s))]
    people: list[Person] = []
    for segment in sorted(long_enough, key=lambda s: (s.start, -len(s.points))):
        free = [p for p in people if all(s.stop <= segment.start or segment.stop <= s.start for s in p.segments)]
        scores = [_belongs(segment, person, times_s, shots) for person in free]
        if scores and max(scores) > 0:
            free[int(np.argmax(scores))].add(segment)
        else:
            people.append(Person())
            people[-1].add(segment)
    return sorted(people, key=lambda p: -p.weight)


def _belongs(segment: Segment, person: Person, times_s: NDArray[np.float64], shots: NDArray[np.int32]) -> float:
    """Over 0 where the segment may be this person; the higher the surer."""
    looks = likeness(segment.looks, person.looks)
    last = person.segments[-1]
    gap_s = float(times_s[segment.start] - times_s[last.stop - 1])
    same_shot = shots[segment.start] == shots[last.stop - 1]
    known = segment.looks.count and person.looks.count
    if same_shot and gap_s <= NEAR_S and _near(_box(last.points[-1]), _box(segment.points[0])):
        return 0.0 if known and looks < OTHER_LOOKS else 1.0 + looks
    return looks if looks >= SAME_LOOKS else 0.0


def _near(a: Points, b: Points) -> bool:
    size_a, size_b = float((a[2:] - a[:2]).max()), float((b[2:] - b[:2]).max())
    apart = float(np.linalg.norm((a[:2] + a[2:] - b[:2] - b[2:]) / 2))
    return apart < max(size_a, size_b) and 0.5 < size_a / max(size_b, 1e-9) < 2.0


def _box(points: NDArray[np.float32]) -> Points:
    return box_of(points.astype(np.float64))
