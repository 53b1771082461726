"""Says at the end of every run what was left out, how often, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest


def skip_lines(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> list[str]:
    """One line a reason, the most frequent first: `7 skipped in 2 files: no ../shared`."""
    tests: dict[str, set[str]] = defaultdict(set)  # a set: several workers report one skipped file
    for report in reports:
        tests[_reason(report)].add(report.nodeid)
    ordered = sorted(tests.items(), key=lambda row: (-len(row[1]), row[0]))
    return [f"{len(names)} skipped in {_files(names)}: {reason}" for reason, names in ordered]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := skip_lines(terminalreporter.stats.get("skipped", ())):
        terminalreporter.section("left out")
        for line in lines:
            terminalreporter.write_line(line)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    said = where[2] if isinstance(where, tuple) else str(where)
    return said.removeprefix("Skipped: ")


def _files(names: set[str]) -> str:
    count = len({name.split("::")[0] for name in names})
    return "1 file" if count == 1 else f"{count} files"
