"""What can go wrong, by name. Each message is one sentence: the value, the reason, the next step."""


class LipwrightError(Exception):
    """The root: everything this package raises on purpose."""


class MediaError(LipwrightError, ValueError):
    """A sound or picture file cannot be read, or holds nothing to work on."""


class NoMouth(MediaError):
    """No frame of a clip shows a mouth that can be used."""


class NoFace(NoMouth):
    """Nobody is seen in the clip that is to get a mouth."""


class LyricsError(LipwrightError, ValueError):
    """Lyrics cannot be read, or do not belong to the vocal."""


class LanguageUnavailable(LipwrightError, LookupError):
    """No pronunciations are installed for the language asked for."""


class DocumentError(LipwrightError, ValueError):
    """A performance document is damaged, foreign, or newer than this version."""


class TimelineError(LipwrightError, ValueError):
    """A timeline cannot be read or written, or says something impossible."""


class OptionError(LipwrightError, ValueError):
    """An option has a value that means nothing."""


class EngineUnavailable(LipwrightError, RuntimeError):
    """An engine is known but cannot run here; the message names the cure."""


class ModelError(LipwrightError, ValueError):
    """A weight file is missing, altered, or not what its name says."""


class OutputError(LipwrightError, OSError):
    """A result cannot be written where it was asked for."""


class Cancelled(LipwrightError):
    """The person asked to stop; nothing half-made was left behind."""
