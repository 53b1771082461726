"""The line at the end of a run that says what was left out."""

from __future__ import annotations

import pytest
from tests.conftest import skip_lines


def _skipped(nodeid: str, reason: str) -> pytest.TestReport:
    where = (nodeid.split("::")[0], 1, f"Skipped: {reason}")
    return pytest.TestReport(nodeid, (where[0], 1, nodeid), {}, "skipped", where, "setup")


def test_every_reason_is_counted_the_most_frequent_first() -> None:
    reports = [
        _skipped("tests/b.py::one", "no torch"),
        _skipped("tests/a.py::one", "no ../shared"),
        _skipped("tests/a.py::two[x]", "no ../shared"),
        _skipped("tests/b.py::two", "no ../shared"),
    ]
    assert skip_lines(reports) == ["3 skipped in 2 files: no ../shared", "1 skipped in 1 file: no torch"]


def test_a_file_skipped_as_a_whole_counts_once_whatever_the_number_of_workers() -> None:
    whole = pytest.CollectReport("tests/c.py", "skipped", ("tests/c.py", 3, "Skipped: no torch"), [])
    assert skip_lines([whole, whole]) == ["1 skipped in 1 file: no torch"]


def test_a_complete_run_says_nothing() -> None:
    assert skip_lines([]) == []
