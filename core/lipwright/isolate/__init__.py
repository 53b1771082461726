"""The singer out of a full mix: listens whether there is a band, and takes it away where the separator is installed."""

from lipwright.isolate.band import with_band
from lipwright.isolate.dry import Isolated, isolate_to_wav, isolated
from lipwright.isolate.expected_gain import Prospect, prospect
from lipwright.isolate.music_detector import music_likelihood

__all__ = ["Isolated", "Prospect", "isolate_to_wav", "isolated", "music_likelihood", "prospect", "with_band"]
