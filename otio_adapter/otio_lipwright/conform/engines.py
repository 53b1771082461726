"""The real performer and dubber of a conform: `lipwright.service` and `lipwright.dubbing` on the stretches needed."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from lipwright.errors import MediaError, NoFace
from lipwright.files import sha256_of
from lipwright.timebase import frame_from_timecode, timecode
from lipwright.types import Corrections, Direction, Performance
from otio_lipwright.conform.conforming import Footage, NothingToDo, Probed, Report
from otio_lipwright.conform.store import digest_of


@dataclass(slots=True)
class ServicePerformer:
    """Performs with `lipwright.service`. With lyrics the whole vocal is aligned at once: a line alone has no place
    in the text; without them each stretch is recognised by itself. Use it in a `with`: it keeps a vocal open."""

    lyrics: Path | str | None = None
    direction: Direction = field(default_factory=Direction)
    options: Any = None
    recipe: str = ""
    whole: bool = False
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _open: tuple[Path, Any] | None = None

    def __post_init__(self) -> None:
        from lipwright.service import PerformOptions

        self.options = self.options or PerformOptions()
        said = sha256_of(self.lyrics) if isinstance(self.lyrics, Path) else self.lyrics
        facts = [(f.name, str(getattr(self.options, f.name))) for f in dataclasses.fields(self.options)]
        self.recipe = digest_of(said, repr(self.direction), facts)
        # A stem lies beside the whole vocal, and a mix is taken apart as a whole.
        self.whole = self.lyrics is not None or self.options.stem is not None or self.options.isolate == "on"

    def __enter__(self) -> ServicePerformer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(
        self,
        vocal: Path,
        start_s: Fraction,
        end_s: Fraction | None,
        corrections: Corrections,
        timing: Performance | None,
        report: Report,
    ) -> Performance:
        """Perform the vocal, or a stretch of it."""
        from lipwright import service

        if start_s == 0 and end_s is None:
            return service.perform(
                vocal, self.lyrics, self.direction, self.options, corrections=corrections, timing=timing, report=report
            )
        with tempfile.TemporaryDirectory(prefix="lipwright-") as folder:
            part = Path(folder) / f"{vocal.stem}.wav"
            self._cut(vocal, start_s, end_s, part)
            plain = dataclasses.replace(self.options, stream=None, channel=None)
            made = service.perform(
                part, None, self.direction, plain, corrections=corrections, timing=timing, report=report
            )
        where = (
            f"heard {float(start_s):.3f} s to {'the end' if end_s is None else f'{float(end_s):.3f} s'} of {vocal.name}"
        )
        return dataclasses.replace(
            made, vocal=dataclasses.replace(made.vocal, name=vocal.name), notes=(where, *made.notes)
        )

    def length_s(self, vocal: Path) -> Fraction:
        """How long the vocal is, by its container; by decoding it where that does not say."""
        import av

        try:
            with av.open(str(vocal)) as container:
                sounds = container.streams.audio
                stream = sounds[self.options.stream or 0] if sounds else None
                if stream is not None and stream.duration and stream.time_base:
                    return Fraction(stream.duration * stream.time_base)
        except (av.error.FFmpegError, IndexError):
            pass  # open_vocal says what is wrong, in words
        return Fraction(self._opened(vocal).info.duration_s).limit_denominator(1_000_000)

    def _opened(self, vocal: Path) -> Any:
        from lipwright.vocal import open_vocal

        if self._open is None or self._open[0] != vocal:
            self._stack.close()
            opened = open_vocal(vocal, stream=self.options.stream, channel=self.options.channel)
            self._open = (vocal, self._stack.enter_context(opened))
        return self._open[1]

    def _cut(self, vocal: Path, start_s: Fraction, end_s: Fraction | None, out: Path) -> None:
        """A WAV of the stretch as models hear it: 16 kHz, mono, floats, so that nothing is heard differently."""
        from lipwright.arrays import RATE

        whole = self._opened(vocal)
        first, last = round(start_s * RATE), whole.length if end_s is None else round(end_s * RATE)
        if last <= first or first >= whole.length:
            raise MediaError(f"{vocal.name!r} ends before second {float(start_s):.2f}; move the clip or the vocal")
        write_wav(out, whole.window(first, min(last, whole.length)), RATE)


def write_wav(path: Path, samples: Any, rate: int) -> None:
    """samples: float32 (N,) mono, -1..1, as a WAV of 32-bit floats."""
    import av

    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_f32le", rate=rate, layout="mono")
        for start in range(0, len(samples), rate):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + rate].copy(), format="flt", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@dataclass(slots=True)
class ServiceDubber:
    """Makes takes with `lipwright.dubbing`. `settings` are fields of its options; takes are silent, since the sound of
    the edit is the vocal track's."""

    settings: dict[str, Any] = field(default_factory=dict)
    suffix: str = ".mov"
    recipe: str = ""
    _probed: dict[Path, Probed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._options(Path("take.mov"), None)  # bad settings are said before any work
        self.recipe = digest_of(sorted((key, str(value)) for key, value in self.settings.items()), self.suffix)

    def _options(self, out: Path, fps: Fraction | None) -> Any:
        from lipwright.dubbing import Options

        return Options(output=out, sound="none", fps=fps, fit="hold" if fps else "clip", **self.settings)

    def probe(self, path: Path) -> Probed:
        """The file's rate, length and start timecode, read once."""
        from lipwright.video import open_clip

        if path not in self._probed:
            clip = open_clip(path)
            info = clip.info
            frames = 0 if info.still else len(clip.times_pts())
            drop = ";" in info.timecode
            start = frame_from_timecode(info.timecode, info.fps) if _sound_timecode(info.timecode, info.fps) else 0
            self._probed[path] = Probed(info.fps, frames, start, drop)
        return self._probed[path]

    def __call__(self, cut: Footage, performance: Performance, out: Path, report: Report) -> tuple[str, ...]:
        """Dub the frames of the cut; a cut of less than the file is first taken out without loss."""
        from lipwright.dubbing import dub

        with tempfile.TemporaryDirectory(prefix="lipwright-", dir=out.parent) as folder:
            still = self.probe(cut.path).frames == 0
            source = cut.path if still else stretch(cut, Path(folder) / f"{cut.path.stem}.mov")
            try:
                take = dub(source, performance, self._options(out, cut.fps if still else None), report)
            except NoFace as error:
                raise NothingToDo("no face is seen in it") from error
        if take.untouched_frames >= take.frames:
            out.unlink(missing_ok=True)
            take.report.unlink(missing_ok=True)
            why = take.untouched[0].reason if take.untouched else "no face"
            raise NothingToDo(f"no frame of it could be given a mouth ({why})")
        left = f"{take.untouched_frames} frames went through untouched" if take.untouched_frames else ""
        return tuple(filter(None, (left, *take.notes)))


def _sound_timecode(text: str, fps: Fraction) -> bool:
    try:
        frame_from_timecode(text, fps)
    except ValueError:
        return False
    return True


def stretch(cut: Footage, out: Path) -> Path:
    """The frames of a cut as a file of their own, every sample as it was, with their timecode."""
    from lipwright.video import Writer, open_clip
    from lipwright.video.reading import renumbered

    clip = open_clip(cut.path)
    times_s = clip.times_s()
    half = 0.5 / float(cut.fps)  # frames are found by time, so that footage of a varying rate keeps its own
    first, last = (int((times_s < float(frame / cut.fps) - half).sum()) for frame in (cut.first, cut.end))
    if last <= first:
        raise MediaError(f"{cut.path.name!r} has no frames {cut.first} to {cut.end - 1}; relink the clip")
    info = dataclasses.replace(clip.info, timecode=timecode(cut.start_frame, cut.fps, drop=cut.drop))
    zero = int(clip.times_pts()[first]) - clip.info.first_pts
    with Writer(out, info, codec="lossless") as writer:
        for number, frame in enumerate(clip.frames(first, last)):
            writer.write(renumbered(frame, number, frame.pts - zero))
    return out
