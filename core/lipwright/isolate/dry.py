"""A mix in, the dry vocal out: as a vocal for the models, or as a file to listen to."""

from __future__ import annotations

import contextlib
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import soxr

from lipwright import files, models
from lipwright.arrays import RATE as VOCAL_RATE
from lipwright.arrays import FloatArray, Progress, Vocal
from lipwright.arrays.spooled import SpooledVocal
from lipwright.errors import OptionError
from lipwright.isolate import separator
from lipwright.isolate.loudness import rms_of_mix
from lipwright.isolate.music_detector import music_likelihood
from lipwright.isolate.stereo_reader import stereo_blocks

MODEL = "vocals"
Mode = Literal["auto", "on", "off"]
MUSIC = 0.5
SPOOL_BYTES = 4 * 60 * VOCAL_RATE * 4  # up to four minutes stay in memory, as of a vocal
# Of the band, for the models alone: with a tenth of it they find one word in a hundred more (tests/bench/songs.py).
BLEED = 0.1
THREADS = 2  # of the separator; its sums do not depend on it


@dataclass(frozen=True, slots=True)
class Isolated:
    """`vocal` without the band, None where the file is used as it is; `note` says why, where there is a why."""

    vocal: Vocal | None
    note: str
    models: tuple[tuple[str, str], ...] = ()


@contextlib.contextmanager
def isolated(
    path: Path,
    heard: Vocal,
    *,
    mode: str = "auto",
    stream: int | None = None,
    music: float | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Isolated]:
    """Listen to `heard`, the vocal of `path`, and take the band away as `mode` says: auto, on or off.

    auto isolates where music is heard and the separator is installed; where it is not, the note names the cure.
    `on` raises EngineUnavailable without it. `music` is what `music_likelihood` said of `heard`, where it was asked.
    """
    if mode not in ("auto", "on", "off"):
        raise OptionError(f"isolate {mode!r} is unknown; choose auto, on or off")
    if mode == "auto" and music is None:
        music = music_likelihood(heard)
    if mode == "off" or (mode == "auto" and music is not None and music < MUSIC):
        yield Isolated(None, "")
    elif mode == "auto" and not models.installed(MODEL):
        yield Isolated(
            None,
            "a band plays under the voice: words are found better, and the mouth rests in instrumental parts, with the "
            "separator installed (lipwright models install vocals) or with a dry vocal given as --stem",
        )
    else:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            vocal = _into_spool(Path(path), heard, stream, spool, on_progress)
            row = models.models()[MODEL]
            yield Isolated(vocal, "the band was taken away before listening", ((MODEL, row.sha256),))


def isolate_to_wav(
    path: Path, output: Path, *, stream: int | None = None, on_progress: Progress | None = None
) -> float:
    """Write the vocal of a mix as a 16-bit stereo WAV at 44.1 kHz, beside and then renamed; -> its seconds."""
    rms = rms_of_mix(Path(path), stream)
    vocal = separator.separate(stereo_blocks(Path(path), stream, on_progress), masker(), rms=rms)
    count = 0
    with files.beside(Path(output)) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(separator.RATE)
        for block in vocal:
            count += block.shape[1]
            out.writeframes((np.clip(block.T, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return count / separator.RATE


def masker() -> separator.Masker:
    """The installed separator. Raises EngineUnavailable where it is missing, ModelError where it was altered."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = THREADS, 3
    options.enable_cpu_mem_arena = False  # the arena keeps twice the memory of the largest pass
    session: Any = onnxruntime.InferenceSession(models.read(MODEL), options, providers=["CPUExecutionProvider"])

    def mask(magnitude: FloatArray) -> FloatArray:
        return np.asarray(session.run(None, {"magnitude": magnitude})[0], np.float32)

    return mask


def _into_spool(
    path: Path, heard: Vocal, stream: int | None, spool: IO[bytes], on_progress: Progress | None
) -> SpooledVocal:
    """Separate, mix to mono, resample; as long as `heard` and on its clock."""
    length, peak = round(heard.info.start_s * VOCAL_RATE), 0.0
    spool.write(bytes(4 * length))
    channel = getattr(heard, "channel", None)  # the one that a file's vocal was read from
    blocks, rms = stereo_blocks(path, stream, on_progress, channel), rms_of_mix(path, stream, channel)
    for samples in _mono(separator.separate(blocks, masker(), BLEED, rms)):
        samples = samples[: max(0, heard.length - length)]
        spool.write(samples.tobytes())
        length += samples.size
        peak = max(peak, float(np.abs(samples).max(initial=0.0)))
    spool.write(bytes(4 * max(0, heard.length - length)))
    return SpooledVocal(spool, heard.length, 1.0 / max(1.0, peak), heard.info)


def _mono(blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
    resampler = soxr.ResampleStream(separator.RATE, VOCAL_RATE, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block.mean(axis=0))
    yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
