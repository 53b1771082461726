"""The picture as a page that needs no network: play the vocal, watch a drawn mouth and a line that moves along."""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from urllib.parse import quote

from lipwright.plot.picture import LEFT, Scene
from lipwright.types import MOUTH

# What the drawn mouth needs of a performance.
SHOWN = (*MOUTH, "PP", "FF", "SS", "CH", "TH", "eyeBlinkLeft", "browInnerUp", "headYaw", "headPitch", "headRoll")


def page(scene: Scene, svg: str, sound: str) -> str:
    """The page as text; `sound` is the path of the vocal as seen from the page, "" without one."""
    performance, theme = scene.performance, scene.theme
    tracks = {name: [performance.track(name).times_s, performance.track(name).values] for name in SHOWN}
    facts = {"left": LEFT, "inner": scene.inner, "start": scene.start_s, "end": scene.end_s, "tracks": tracks}
    template = resources.files("lipwright").joinpath("data/plot.html").read_text(encoding="utf-8")
    values = {
        "title": escape(performance.vocal.name),
        "paper": theme.paper,
        "ink": theme.ink,
        "panel": theme.panel,
        "sound": f'<audio controls src="{quote(sound)}"></audio>' if sound else "",
        "svg": svg,
        # "</" would end the script early
        "facts": json.dumps(facts).replace("</", "<\\/"),
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template
