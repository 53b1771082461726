"""A performance as a picture: waveform, words, phones with their confidence, and every curve over one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.performance.mouth.tables import rows_for
from lipwright.plot.canvas import Canvas
from lipwright.plot.font import labels
from lipwright.plot.strips import FEELING, VISEME_COLOURS, Strip
from lipwright.types import VISEMES, Performance, PhonemeSpan

LEFT, RIGHT, TOP, BOTTOM = 92, 26, 46, 34
WAVE, WORDS, PHONES, GAP = 76, 26, 24, 8
SMALL, USUAL, LARGE = 10.5, 12.0, 17.0
LINE = 12  # pixels from one curve's name to the next
# Seconds between labels of the axis: the first that leaves each label 70 pixels.
TICKS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
POINTS_PER_PIXEL = 3


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of paper and ink."""

    paper: str
    panel: str
    ink: str
    soft: str
    grid: str
    wave: str


LIGHT = Theme("#ffffff", "#f5f6f8", "#1c2430", "#6b7684", "#dfe3e8", "#8fa3bd")
DARK = Theme("#15181e", "#1d222a", "#e8ecf2", "#93a0b0", "#2d343f", "#5b708c")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is drawn: a performance from start to end, its strips, the waveform as float32 (N, 2) low and high."""

    performance: Performance
    start_s: float
    end_s: float
    width: int
    visemes: Sequence[Strip]
    others: Sequence[Strip]
    wave: NDArray[np.float32] | None
    theme: Theme

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        strips = sum(strip.height for strip in self.visemes) + sum(strip.height + GAP for strip in self.others)
        wave = WAVE + GAP if self.wave is not None else 0
        words = WORDS if self.performance.words else 0
        phones = PHONES + GAP if self.performance.phonemes else 0
        return TOP + wave + words + phones + strips + GAP + BOTTOM

    @property
    def inner(self) -> int:
        """Pixels of the time axis."""
        return self.width - LEFT - RIGHT

    def x(self, time_s: float) -> float:
        """Where a time lies."""
        return LEFT + (time_s - self.start_s) / (self.end_s - self.start_s) * self.inner


def draw(scene: Scene, canvas: Canvas) -> None:
    """The whole picture, from the top down."""
    y = float(TOP)
    _title(scene, canvas)
    top = y
    if scene.wave is not None:
        y = _wave(scene, canvas, y)
    if scene.performance.words:
        y = _words(scene, canvas, y)
    if scene.performance.phonemes:
        y = _phones(scene, canvas, y)
    _closures(scene, canvas, y, y + sum(strip.height for strip in scene.visemes))
    for strip in scene.visemes:
        _strip(scene, canvas, strip, y)
        y += strip.height
    y += GAP
    for strip in scene.others:
        canvas.rect(LEFT, y, scene.inner, strip.height, scene.theme.panel)
        _strip(scene, canvas, strip, y)
        y += strip.height + GAP
    _axis(scene, canvas, top, y)


def _title(scene: Scene, canvas: Canvas) -> None:
    performance, theme = scene.performance, scene.theme
    canvas.text(LEFT, 28, _shortened(performance.vocal.name, LARGE, scene.inner * 0.45), LARGE, theme.ink)
    direction = performance.direction
    feeling = "" if direction.emotion == "neutral" else f" · {direction.emotion} {direction.emotion_intensity:g}"
    right = f"{direction.preset}{feeling} · {scene.start_s:g} – {scene.end_s:.4g} s"
    canvas.text(scene.width - RIGHT, 28, right, USUAL, theme.soft, "right")


def _wave(scene: Scene, canvas: Canvas, y: float) -> float:
    wave = scene.wave
    assert wave is not None
    canvas.rect(LEFT, y, scene.inner, WAVE, scene.theme.panel)
    peak = max(float(np.abs(wave).max()), 1e-4)
    xs = LEFT + (np.arange(len(wave)) + 0.5) / len(wave) * scene.inner
    middle, half = y + WAVE / 2, WAVE / 2 - 3
    upper = np.stack([xs, middle - half * np.maximum(wave[:, 1] / peak, 0.004)], axis=1)
    lower = np.stack([xs, middle - half * np.minimum(wave[:, 0] / peak, -0.004)], axis=1)
    canvas.area(np.concatenate([upper, lower[::-1]]), scene.theme.wave)
    canvas.text(LEFT - 10, middle + 4, "vocal", USUAL, scene.theme.soft, "right")
    return y + WAVE + GAP


def _words(scene: Scene, canvas: Canvas, y: float) -> float:
    theme = scene.theme
    canvas.text(LEFT - 10, y + 17, "words", USUAL, theme.soft, "right")
    for word in scene.performance.words:
        if word.end_s <= scene.start_s or word.start_s >= scene.end_s:
            continue
        low, high = max(scene.x(word.start_s), LEFT), min(scene.x(word.end_s), scene.width - RIGHT)
        canvas.rect(low, y + 2, max(high - low - 1, 0.5), WORDS - 5, theme.grid, 0.5 + 0.5 * word.confidence)
        _fitted(canvas, word.text, (low + high) / 2, y + 17.5, high - low - 4, USUAL, theme.ink)
        canvas.hint(low, y, high - low, WORDS, _described(word.text, word.start_s, word.end_s, word.confidence))
    return y + WORDS


def _phones(scene: Scene, canvas: Canvas, y: float) -> float:
    canvas.text(LEFT - 10, y + 16, "phones", USUAL, scene.theme.soft, "right")
    for phone in scene.performance.phonemes:
        if phone.end_s <= scene.start_s or phone.start_s >= scene.end_s:
            continue
        low, high = max(scene.x(phone.start_s), LEFT), min(scene.x(phone.end_s), scene.width - RIGHT)
        colour = _colour(phone)
        canvas.rect(low, y + 1, max(high - low - 1, 0.5), PHONES - 6, colour, 0.10 + 0.28 * phone.confidence)
        canvas.rect(low, y + PHONES - 5, max((high - low - 1) * phone.confidence, 0.5), 2.5, colour)
        _fitted(canvas, phone.symbol, (low + high) / 2, y + 14.5, high - low - 1, SMALL, scene.theme.ink)
        canvas.hint(low, y, high - low, PHONES, _described(phone.symbol, phone.start_s, phone.end_s, phone.confidence))
    return y + PHONES + GAP


def _closures(scene: Scene, canvas: Canvas, top: float, bottom: float) -> None:
    """A band through the visemes wherever lips must meet, so that a person can see whether they do."""
    for phone in scene.performance.phonemes:
        if _colour(phone) == VISEME_COLOURS["PP"] and phone.end_s > scene.start_s and phone.start_s < scene.end_s:
            low, high = max(scene.x(phone.start_s), LEFT), min(scene.x(phone.end_s), scene.width - RIGHT)
            canvas.rect(low, top, high - low, bottom - top, VISEME_COLOURS["PP"], 0.10)


def _strip(scene: Scene, canvas: Canvas, strip: Strip, y: float) -> None:
    theme = scene.theme
    span = strip.high - strip.low

    def at(values: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = np.clip((values - strip.low) / span, 0.0, 1.0)
        return y + 1.5 + (strip.height - 3.0) * (1.0 - shares)

    zero = float(at(np.zeros(1))[0])
    canvas.line(np.array([(LEFT, zero), (LEFT + scene.inner, zero)]), theme.grid, 1.0)
    times = np.linspace(scene.start_s, scene.end_s, scene.inner * POINTS_PER_PIXEL)
    xs = LEFT + (times - scene.start_s) / (scene.end_s - scene.start_s) * scene.inner
    for curve in strip.curves:
        line = np.stack([xs, at(curve.at(times))], axis=1)
        if len(strip.curves) == 1:
            canvas.area(np.concatenate([[(xs[0], zero)], line, [(xs[-1], zero)]]), curve.colour, 0.28)
        canvas.line(line, curve.colour, 1.4)
    _names(scene, canvas, strip, y)


def _names(scene: Scene, canvas: Canvas, strip: Strip, y: float) -> None:
    """What a strip shows, to its left: one name in ink, or each curve's in its colour."""
    if len(strip.curves) == 1:
        label = strip.curves[0].label if strip.label == FEELING else strip.label
        canvas.text(LEFT - 10, y + strip.height / 2 + 4, label, USUAL, scene.theme.ink, "right")
        return
    middle = y + strip.height / 2 + 4 - LINE * (len(strip.curves) - 1) / 2
    for row, curve in enumerate(strip.curves):
        canvas.text(LEFT - 10, middle + row * LINE, curve.label, SMALL, curve.colour, "right")
    if strip.unit:
        canvas.text(LEFT + 5, y + 12, f"± {strip.high:.0f}{strip.unit}", SMALL, scene.theme.soft)


def _axis(scene: Scene, canvas: Canvas, top: float, bottom: float) -> None:
    theme, length = scene.theme, scene.end_s - scene.start_s
    step = next((s for s in TICKS_S if s / length * scene.inner >= 70), TICKS_S[-1])
    first = int(np.ceil(scene.start_s / step - 1e-9))
    for number in range(first, int(np.floor(scene.end_s / step + 1e-9)) + 1):
        x = scene.x(number * step)
        canvas.line(np.array([(x, top), (x, bottom)]), theme.ink, 0.6, 0.10)
        canvas.line(np.array([(x, bottom), (x, bottom + 5)]), theme.soft, 1.0)
        canvas.text(x, bottom + 18, _clock(number * step, step), SMALL, theme.soft, "middle")
    canvas.line(np.array([(LEFT, bottom), (LEFT + scene.inner, bottom)]), theme.soft, 1.0)


def _clock(time_s: float, step_s: float) -> str:
    decimals = 1 if step_s < 1.0 else 0
    if time_s < 60.0:
        return f"{time_s:.{decimals}f} s"
    minutes, seconds = divmod(time_s, 60.0)
    return f"{minutes:.0f}:{seconds:0{3 + decimals if decimals else 2}.{decimals}f}"


def _colour(phone: PhonemeSpan) -> str:
    return VISEME_COLOURS[viseme_of(phone.symbol)]


def viseme_of(symbol: str) -> str:
    """The viseme that a phoneme shows most."""
    rows = rows_for(symbol)
    if not rows:
        return "sil"
    return max(zip(VISEMES, rows[0].aim.shape, strict=True), key=lambda pair: pair[1])[0]


def _described(label: str, start_s: float, end_s: float, confidence: float) -> str:
    return f"{label}  {start_s:.3f} – {end_s:.3f} s ({1000 * (end_s - start_s):.0f} ms), confidence {confidence:.2f}"


def _fitted(canvas: Canvas, text: str, x: float, y: float, room: float, size: float, colour: str) -> None:
    """Text where it fits, a little smaller where it nearly does, else nothing: half a word helps nobody."""
    width = labels().width(text, size)
    if width > room:
        size *= max(room / width, 0.0)
    if size >= 7.5:
        canvas.text(x, y, text, size, colour, "middle")


def _shortened(text: str, size: float, room: float) -> str:
    if labels().width(text, size) <= room:
        return text
    while text and labels().width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"
