"""How it is performed: phonemes to a moving mouth (`articulate`) and a living face (`act`), under a `Direction`."""

from lipwright.performance.act import act
from lipwright.performance.articulate import articulate
from lipwright.performance.directing import direct, presets

__all__ = ["act", "articulate", "direct", "presets"]
