"""Mouths for a filmed face: engines, banks, mattes.

Engines are found by name in a table of strings: listing them imports none.
"""

from __future__ import annotations

MOUTH_ENGINES = {
    "exemplar": "lipwright.mouths.engines.exemplar:ExemplarEngine",
    "portrait": "lipwright.mouths.engines.portrait:PortraitEngine",
    "wav2lip": "lipwright.mouths.engines.wav2lip:Wav2LipEngine",
}
