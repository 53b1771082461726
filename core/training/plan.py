"""What is made and trained, as tables: voices with their licences, and the two stages of training."""

from __future__ import annotations

from dataclasses import dataclass

from .corpus.clips import Source

FOREIGN = "espeak:es,fr,de,it,pt-br,nl,sv,pl"
# (name, voice, seconds spoken a round, altered copies, sung copies, licence of voice and programme)
VOICES = (
    ("slt", "flite:slt", 200, 0.6, 1.3, "BSD-style (CMU)"),
    ("awb", "flite:awb", 200, 0.6, 1.3, "BSD-style (CMU)"),
    ("kal16", "flite:kal16", 130, 0.6, 1.3, "BSD-style (CMU)"),
    ("slthts", "festival:voice_cmu_us_slt_arctic_hts", 150, 0.6, 1.3, "BSD-style (CMU, Nagoya)"),
    ("kal", "festival:voice_kal_diphone", 150, 0.6, 1.3, "BSD-style (CMU)"),
    ("ked", "festival:voice_ked_diphone", 150, 0.6, 1.3, "BSD-style (Edinburgh)"),
    ("english", "espeak:", 220, 0.5, 1.2, "GPL-3 programme, output only"),
    ("foreign", FOREIGN, 260, 0.5, 1.2, "GPL-3 programme, output only"),
    ("hibari", "hibari:", 450, 0.3, 1.6, "Apache-2.0"),
)
# Never trained on: another singer of the flite kind.
TEST = ("rms", "flite:rms", 60, 0.0, 1.5)
LAST_KIND = "hibari"
"""The voice that only the second stage hears, so that the first stage's net is a fair reader of its songs."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of training: steps, peak learning rate, and whether the last kind of voice takes part."""

    name: str
    steps: int
    rate: float
    everything: bool


STAGES = (
    Stage("without-" + LAST_KIND, 520, 2e-3, False),
    Stage("all", 260, 1.5e-3, True),
    Stage("longer", 700, 1.2e-3, True),
)
"""Each starts from the averaged weights of the one before."""


def sources(rounds: int) -> list[Source]:
    """Every shard to make: all voices a first time, then all of them again with other lines."""
    out = []
    for turn in range(rounds):
        for k, (name, voice, seconds, altered, sung, _) in enumerate(VOICES):
            out.append(Source(f"{name}-{turn}", voice, seconds, altered, sung, 100 + 50 * turn + k))
    return out


def test_source() -> Source:
    """The shard kept apart."""
    name, voice, seconds, altered, sung = TEST
    return Source(name, voice, seconds, altered, sung, 999)


@dataclass(frozen=True, slots=True)
class CtcStage:
    """One run of teaching the recogniser to hear singing: steps, peak learning rate, voices that take no part."""

    name: str
    steps: int
    rate: float
    without: tuple[str, ...]


CTC_STAGES = (CtcStage("sung-without-" + LAST_KIND, 900, 4e-4, (LAST_KIND, "foreign")),)
CTC_SHARE = 0.6
"""How far the recogniser that ships has gone from hama's weights to the learnt ones."""
