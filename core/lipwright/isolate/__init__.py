"""The singer out of a full mix: listens whether there is a band, and takes it away where the separator is installed."""

from lipwright.isolate.band import with_band
from lipwright.isolate.dry import Isolated, isolate_to_wav, isolated
from lipwright.isolate.listening import music_likelihood
from lipwright.isolate.prospect import Prospect, prospect

__all__ = ["Isolated", "Prospect", "isolate_to_wav", "isolated", "music_likelihood", "prospect", "with_band"]
