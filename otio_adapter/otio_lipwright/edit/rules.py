"""Which clips to lip-sync, in words: `track:V1,!name:broll*`, `top`, `marker:lips`, `all`."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lipwright.errors import OptionError
from otio_lipwright.edit.walk import Shown

HELP = (
    "all | top (topmost picture only) | track:NAME or track:N | name:GLOB | file:GLOB | marker:GLOB | color:NAME |"
    " key=value (metadata); joined by commas: any of them, ! before one: none of those"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A test over clips; `text` is how it was written."""

    text: str
    wanted: tuple[Callable[[Shown], bool], ...]
    refused: tuple[Callable[[Shown], bool], ...]
    top: bool = False

    def __call__(self, shown: Shown) -> bool:
        """Whether the rule takes this clip."""
        takes = not self.wanted or any(test(shown) for test in self.wanted)
        return takes and not any(test(shown) for test in self.refused)


def rule_from(text: str) -> Rule:
    """Read a rule. Raises OptionError that lists what can be said."""
    wanted: list[Callable[[Shown], bool]] = []
    refused: list[Callable[[Shown], bool]] = []
    top = False
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        negated, body = part.startswith("!"), part.removeprefix("!").strip()
        if body == "top" and not negated:
            top = True
        elif body != "all" or negated:
            (refused if negated else wanted).append(_test(body, text))
    return Rule(text, tuple(wanted), tuple(refused), top)


def _test(body: str, text: str) -> Callable[[Shown], bool]:
    kind, colon, pattern = body.partition(":")
    if colon and kind in _TESTS and pattern:
        return lambda shown: _TESTS[kind](shown, pattern.casefold())
    key, equals, value = body.partition("=")
    if equals and key:
        return lambda shown: _metadata(shown, key, value)
    raise OptionError(f"clip rule {text!r} has {body!r}, which means nothing; use {HELP}")


def _like(names: Iterable[str], pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name.casefold(), pattern) for name in names)


def _track(shown: Shown, pattern: str) -> bool:
    number = pattern.removeprefix("v")
    return _like([shown.track_name], pattern) or (number.isdecimal() and int(number) == shown.track + 1)


_TESTS: dict[str, Callable[[Shown, str], bool]] = {
    "track": _track,
    "name": lambda shown, pattern: _like([shown.name], pattern),
    "file": lambda shown, pattern: _like([shown.media.url.replace("\\", "/"), shown.media.name], pattern),
    "marker": lambda shown, pattern: _like([str(m.name) for m in shown.clip.markers], pattern),
    "color": lambda shown, pattern: _like([str(m.color) for m in shown.clip.markers], pattern),
}


def _metadata(shown: Shown, key: str, value: str) -> bool:
    found = shown.clip.metadata
    for part in key.split("."):
        if not hasattr(found, "keys") or part not in found:
            return False
        found = found[part]
    return str(found).casefold() == value.casefold()
