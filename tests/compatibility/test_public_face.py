"""What others build on is still there, as docs/developers/public_face.md lists it."""

from __future__ import annotations

import pytest
from tests import public_face
from tests.public_face import Face, lost


def test_nothing_that_the_page_lists_is_gone_or_asks_for_more() -> None:
    assert not lost(public_face.written(), public_face.listed()), (
        "keep the old name for a version with a DeprecationWarning; if it was never released:"
        f" {public_face.UPDATE}, and say so in the changelog"
    )


def test_the_page_says_what_it_lists() -> None:
    listed = public_face.listed()
    assert set(public_face.written()) == set(listed)
    assert "`perform`" in public_face.text_of(listed) and "lipwright.performance/1" in listed["schemas"]


@pytest.mark.parametrize(
    ("now", "trouble"),
    [
        ({}, "is gone"),
        ({"f": ("a",)}, "has no b any more"),
        ({"f": ("a", "b")}, "now needs b"),
        ({"f": ("a", "c", "b=")}, "now needs c"),
        ({"f": ("b=", "a")}, "in another order"),
    ],
)
def test_what_would_break_a_script_is_said(now: dict[str, tuple[str, ...]], trouble: str) -> None:
    before: Face = {"module `m`": {"f": ("a", "b=")}}
    (found,) = lost(before, {"module `m`": now})
    assert trouble in found


@pytest.mark.parametrize("now", [("a", "b=", "c="), ("a=", "b="), ("a", "b=", "**rest"), ("a", "b=", "more()")])
def test_what_breaks_nothing_is_free(now: tuple[str, ...]) -> None:
    assert not lost({"module `m`": {"f": ("a", "b=")}}, {"module `m`": {"f": now}})
