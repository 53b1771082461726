"""Script time of replacing 100 clips in the in-memory Resolve, without rendering (target: at most 2 s)."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

CLIPS = 100


def main() -> None:
    """Print one row: clips, how they were replaced, seconds of script time, API calls that change something."""
    root = Path(__file__).parents[2]
    sys.path[:0] = [str(root / "resolve_script"), str(root / "tests" / "resolve")]
    import fake
    from film import Film, media
    from lipwright_resolve.session import Choice

    print(f"{'way':10}{'clips':>8}{'done':>8}{'seconds':>10}{'calls':>8}")
    for way, refused in (("take", False), ("overlay", True)):
        with tempfile.TemporaryDirectory() as folder:
            film = Film(Path(folder), fake.World(take_refused=refused))
            film.song._duration = CLIPS * 100 + 300
            for number in range(3, CLIPS):
                item = fake.PoolItem(film.world, media(Path(folder), f"shot{number}.mov", "25", 1000), "25", 1000)
                film.timeline._put("video", 1, 90000 + number * 100, 100, fake.Take(item, 50, 150))
            session = film.session()
            started = time.perf_counter()
            outcomes = session.perform(Choice(clips="track"), lambda value, stage: None)
            seconds = time.perf_counter() - started
        done = sum(outcome.ok for outcome in outcomes)
        print(f"{way:10}{CLIPS:8}{done:8}{seconds:10.2f}{len(film.world.calls):8}")


if __name__ == "__main__":
    main()
