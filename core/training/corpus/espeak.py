"""espeak-ng through its shared library: sound with the engine's own phoneme times, in many languages and variants."""

from __future__ import annotations

import ctypes
import ctypes.util

from ..symbols import Span

_WORD_EVENT, _PHONEME_EVENT = 1, 7
_RATE_WPM, _PITCH, _PITCH_RANGE = 1, 3, 4  # espeak_PARAMETER numbers


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("uid", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", _Id),
    )  # fmt: skip


class Espeak:
    """Text -> 16-bit mono bytes and (start_s, end_s, IPA) spans."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
        # synchronous retrieval; options 1 | 2: phoneme events, IPA names
        self.rate = int(self._lib.espeak_Initialize(2, 0, None, 3))
        if self.rate <= 0:
            raise RuntimeError("espeak-ng did not start; install the package libespeak-ng1")
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self._pcm = bytearray()
        self._events: list[tuple[float, str]] = []
        self.word_starts: list[float] = []
        """Seconds at which the words of the last line begin."""
        self._callback = kind(self._take)  # kept alive with the object
        self._lib.espeak_SetSynthCallback(self._callback)

    def choose(self, voice: str, wpm: int, pitch: int, pitch_range: int) -> None:
        """Voice such as `en-us+f3`, words a minute, pitch and its range 0..100."""
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"no espeak-ng voice {voice!r}")
        for key, value in ((_RATE_WPM, wpm), (_PITCH, pitch), (_PITCH_RANGE, pitch_range)):
            self._lib.espeak_SetParameter(key, value, 0)

    def _take(self, samples: object, count: int, events: object) -> int:
        if samples and count > 0:
            self._pcm.extend(ctypes.string_at(samples, count * 2))  # type: ignore[arg-type]  # a ctypes pointer
        k = 0
        while events[k].type != 0:  # type: ignore[index]  # a ctypes pointer
            event = events[k]  # type: ignore[index]  # the same
            if event.type == _WORD_EVENT:
                self.word_starts.append(event.audio_position / 1000.0)
            if event.type == _PHONEME_EVENT:
                raw = ctypes.string_at(ctypes.addressof(event.id), 8).split(b"\0")[0]
                self._events.append((event.audio_position / 1000.0, raw.decode("utf-8", "replace")))
            k += 1
        return 0

    def __call__(self, text: str) -> tuple[bytes, list[Span]]:
        self._pcm.clear()
        self._events.clear()
        self.word_starts.clear()
        raw = text.encode("utf-8")
        self._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, 1, None, None)
        self._lib.espeak_Synchronize()
        edges = [time_s for time_s, _ in self._events] + [len(self._pcm) / 2 / self.rate]
        spans: list[Span] = []
        for (start, label), stop in zip(self._events, edges[1:], strict=True):
            if not label:
                continue
            if (
                spans
                and stop - start < 0.012
                and spans[-1][1] - spans[-1][0] >= 0.09
                and abs(spans[-1][1] - start) < 1e-6
            ):
                # an l after a vowel is part of the vowel's own sound and gets no time: give it the tail
                a, b, vowel = spans[-1]
                start = b - min(0.05, (b - a) / 3)
                spans[-1] = (a, start, vowel)
            if stop > start:
                spans.append((start, stop, label))
        return bytes(self._pcm), spans
