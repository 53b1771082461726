"""The rates of all times of a timeline, changed at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def with_rates(body: str, change: Callable[[float, float], tuple[float, float] | None]) -> str:
    """A timeline's JSON with every RationalTime as `change` makes it of (value, rate); None leaves it."""

    def mend(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("OTIO_SCHEMA", "").startswith("RationalTime") and value.get("rate", 0) > 0:
                new = change(value["value"], value["rate"])
                if new is not None:
                    value["value"], value["rate"] = new
            for item in value.values():
                mend(item)
        elif isinstance(value, list):
            for item in value:
                mend(item)

    parsed = json.loads(body)
    mend(parsed)
    return json.dumps(parsed)
