"""Words placed in other languages, against their true starts (a synthetic voice says them one by one; needs espeak-ng)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from lipwright.errors import LanguageUnavailable
from lipwright.service import PerformOptions, perform

RATE = 22_050
PAUSE_S = 0.04
TEXTS = {
    "en": "every night I walk along the water and wonder if the moon remembers my name beautiful people dance together",
    "es": "cada noche vuelvo a la orilla del mar donde el viento canta y la luna brilla sobre mí quiero un corazón que"
    " lata junto al mío gracias niño llueve hoy jamón guitarra yo ayer bueno agua",
    "fr": "je chante sous la pluie et le vent emporte loin de toi mon amour les feuilles mortes tombent sur le chemin"
    " brun peu cœur lundi parfum heureux œuvre huit montagne yeux",
    "de": "ich träume jede Nacht von dir und höre deine Stimme schöne Grüße aus München Pferd Straße Küche Buch Zeit"
    " lieben Häuser deutsch singen Jahr Vater mächtig",
    "it": "questa notte canto per te amore mio sotto le stelle gli occhi tuoi bacio famiglia perché città cuore ragazza",
    "pt": "eu canto para você toda noite meu coração não esquece saudade amanhã mãe pão chuva jardim trabalho senhor",
    "ja": "さくら さくら やよいの そらは みわたす かぎり カタカナ きょう ギター こころ ありがとう さようなら ともだち",
}


def spoken(words: list[str], voice: str, path: Path) -> list[float]:
    """Write the words as one WAV; their starts in seconds."""
    parts, starts = [np.zeros(round(0.3 * RATE))], []
    for word in words:
        said = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", "150", "--stdout", word], capture_output=True, check=True
        )
        samples = np.frombuffer(said.stdout[44:], "<i2").astype(float)
        loud = np.flatnonzero(np.abs(samples) > 300)
        starts.append(sum(map(len, parts)) / RATE)
        parts += [samples[max(0, loud[0] - 50) : loud[-1] + 50], np.zeros(round(PAUSE_S * RATE))]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.concatenate(parts).astype("<i2").tobytes())
    return starts


def rows() -> list[tuple[str, int, int, float, float, float]]:
    """(language, words, unsung, median ms, % within 50 ms, % within 100 ms)."""
    out = []
    for language, text in TEXTS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.wav"
            words = text.split()
            starts = spoken(words, {"en": "en-us"}.get(language, language), path)
            try:
                made = perform(path, text, options=PerformOptions(language=language))
            except LanguageUnavailable as error:
                print(f"  {language} left out: {error}")
                continue
        off, at = [], 0
        for word in made.words:
            while at < len(words) and _plain(words[at]) != _plain(word.text):
                at += 1
            if at < len(words):
                off.append(abs(word.start_s - starts[at]) * 1000)
                at += 1
        ms = np.array(off + [9999.0] * (len(words) - len(off)))
        out.append(
            (
                language,
                len(words),
                len(made.unsung),
                float(np.median(ms)),
                *(100 * float((ms <= b).mean()) for b in (50, 100)),
            )
        )
    return out


def _plain(word: str) -> str:
    return re.sub(r"\W", "", word).casefold()


def main() -> None:
    """Print the table."""
    if shutil.which("espeak-ng") is None:
        print("  espeak-ng is not installed, so there is nothing to hear")
        return
    print(f"  {'language':10}{'words':>6}{'unsung':>8}{'median ms':>11}{'within 50':>11}{'within 100':>12}")
    for language, words, unsung, median, near, nearer in rows():
        print(f"  {language:10}{words:6}{unsung:8}{median:11.0f}{near:10.0f}%{nearer:11.0f}%")
