"""A timeline drawn: as text for a terminal, as SVG, and as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Iterator

from otio_lipwright.view.lanes import Block, Lane, Picture, Word

# Pixels. A phone's screen shows the words of a minute; longer edits are as wide as they need and scroll.
LEFT, TOP, LANE, GAP, WORDS, RIGHT = 150, 74, 40, 8, 20, 24
MIN_WIDTH, MAX_WIDTH, PER_SECOND = 1100, 24_000, 42
LABEL_PX = 6.6  # width of a letter at the label's size
FILL = {"plain": "#c9d3df", "take": "#3f9c78", "original": "#e7c169", "off": "#eceff3"}
INK = {"plain": "#23303d", "take": "#ffffff", "original": "#4a3a10", "off": "#8c97a3"}
SOUND_FILL, VOCAL_FILL = "#dfe0ea", "#cdbfe6"
FONT = "Helvetica, Arial, DejaVu Sans, sans-serif"
LEGEND = (
    ("take", "shows its take"),
    ("original", "has a take, shows the original"),
    ("plain", "original media"),
    ("off", "switched off"),
)
TICKS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800)
# A word below this confidence deserves a look; it is drawn in red.
DOUBT = 0.5


def svg(picture: Picture, *, drop: bool = False) -> str:
    """The timeline as SVG: a ruler in timecode, a lane a track, words under the vocals that they are heard in."""
    width = min(MAX_WIDTH, max(MIN_WIDTH, LEFT + RIGHT + picture.duration_s * PER_SECOND))
    scale = (width - LEFT - RIGHT) / max(picture.duration_s, 1e-9)
    tops, height = _tops(picture)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="12">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        '<pattern id="off" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="8" height="8" fill="#eceff3"/>'
        '<line x1="0" y1="0" x2="0" y2="8" stroke="#d3dae2" stroke-width="4"/>'
        "</pattern>",
        f'<text x="16" y="24" font-size="15" font-weight="bold" fill="#23303d">{html.escape(picture.name)}</text>',
        *_legend(),
        *_ruler(picture, scale, height, drop=drop),
    ]
    for lane, top in zip(picture.lanes, tops, strict=True):
        parts += _lane(lane, top, scale, width)
    return "\n".join((*parts, "</svg>", ""))


def _tops(picture: Picture) -> tuple[list[float], float]:
    tops, y = [], float(TOP)
    for lane in picture.lanes:
        tops.append(y)
        y += LANE + GAP + (WORDS if lane.words else 0)
    return tops, y + 10


def _legend() -> Iterator[str]:
    x = float(LEFT)
    for state, text in LEGEND:
        fill = "url(#off)" if state == "off" else FILL[state]
        box = 'y="35" width="12" height="12" rx="2" stroke="#b4bfca" stroke-width="0.5"'
        yield f'<rect x="{x:.0f}" {box} fill="{fill}"/>'
        yield f'<text x="{x + 17:.0f}" y="45" font-size="11" fill="#5a6774">{text}</text>'
        x += 30 + len(text) * 6.2


def _ruler(picture: Picture, scale: float, height: float, *, drop: bool) -> Iterator[str]:
    step = next((tick for tick in TICKS_S if tick * scale >= 110), TICKS_S[-1])
    count = int(picture.duration_s / step) + 1
    for number in range(count):
        x = LEFT + number * step * scale
        if number * step * scale + 70 > picture.duration_s * scale + RIGHT:
            return
        yield f'<line x1="{x:.1f}" y1="60" x2="{x:.1f}" y2="{height - 8:.0f}" stroke="#e3e8ee"/>'
        yield (
            f'<text x="{x + 3:.1f}" y="66" font-size="10" fill="#8593a1">'
            f"{picture.timecode(number * step, drop=drop)}</text>"
        )


def _lane(lane: Lane, top: float, scale: float, width: float) -> Iterator[str]:
    yield (
        f'<rect x="{LEFT}" y="{top:.0f}" width="{width - LEFT - RIGHT:.0f}" height="{LANE}" fill="#f6f8fa" rx="3"/>'
        f'<text x="{LEFT - 10}" y="{top + 24:.0f}" text-anchor="end" fill="#23303d">{_short(lane.name, 126)}</text>'
    )
    for block in lane.blocks:
        yield _block(block, lane, top, scale)
    last_end = 0.0
    for word in sorted(lane.words, key=lambda word: word.start_s):
        drawn, last_end = _word(word, top, scale, last_end)
        yield drawn


def _block(block: Block, lane: Lane, top: float, scale: float) -> str:
    x, wide = LEFT + block.start_s * scale, max(1.0, (block.end_s - block.start_s) * scale - 1)
    fill = "url(#off)" if block.state == "off" else FILL[block.state]
    if lane.kind == "Audio" and block.state == "plain":
        fill = VOCAL_FILL if lane.words else SOUND_FILL
    speed = "" if block.speed == 1 else f" {block.speed * 100:g} %"
    label = _short(block.label + speed, wide - 12)
    text = f'<text x="{x + 6:.1f}" y="{top + 24:.0f}" fill="{INK[block.state]}">{label}</text>' if label else ""
    return (
        f'<g><title>{html.escape(block.hint)}</title><rect x="{x:.1f}" y="{top + 3:.0f}" width="{wide:.1f}" '
        f'height="{LANE - 6}" rx="3" fill="{fill}" stroke="#8e9baa" stroke-width="0.5"/>{text}</g>'
    )


def _word(word: Word, top: float, scale: float, last_end: float) -> tuple[str, float]:
    """A tick for every word; its text where there is room after the word before."""
    x = LEFT + word.start_s * scale
    color = "#b3372f" if word.confidence < DOUBT else "#41337a"
    wide = max(1.5, (word.end_s - word.start_s) * scale - 1)
    y = top + LANE
    tick = f'<rect x="{x:.1f}" y="{y:.0f}" width="{wide:.1f}" height="2.5" fill="{color}"/>'
    if x < last_end:
        return tick, last_end
    text = f'<text x="{x:.1f}" y="{y + 14:.0f}" font-size="10.5" fill="{color}">{html.escape(word.text)}</text>'
    return tick + text, x + len(word.text) * 6.0 + 5


def _short(text: str, pixels: float) -> str:
    """As much of `text` as fits, escaped; "" where nothing would be readable."""
    room = int(pixels / LABEL_PX)
    if room < 3:
        return ""
    return html.escape(text if len(text) <= room else text[: room - 1] + "…")


def page(picture: Picture, *, drop: bool = False) -> str:
    """One HTML page: the drawing, and a row for every clip that carries something or is odd."""
    rows = []
    for lane in picture.lanes:
        for block in lane.blocks:
            cells = (
                lane.name,
                picture.timecode(block.start_s, drop=drop),
                picture.timecode(block.end_s, drop=drop),
                block.hint,
            )
            rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    problems = "".join(f"<li>{html.escape(f'{p.where} {p.text}')}</li>" for p in picture.problems)
    return _PAGE.format(
        title=html.escape(picture.name),
        drawing=svg(picture, drop=drop),
        rows="\n".join(rows),
        problems=f"<h2>Odd</h2><ul>{problems}</ul>" if problems else "",
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 14px/1.45 Helvetica, Arial, sans-serif; color: #23303d; margin: 20px; }}
.wide {{ overflow-x: auto; border: 1px solid #dbe1e8; border-radius: 6px; }}
table {{ border-collapse: collapse; margin-top: 16px; }}
td, th {{ text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid #edf0f4; }}
td {{ font-variant-numeric: tabular-nums; }}
h2 {{ font-size: 15px; }}
</style></head><body>
<div class="wide">{drawing}</div>
<table><tr><th>track</th><th>from</th><th>to</th><th>clip</th></tr>
{rows}
</table>
{problems}
</body></html>
"""

# --- a terminal ----------------------------------------------------------------------------------------------------

GLYPH = {"plain": "░", "take": "█", "original": "▒", "off": "·"}


def text(picture: Picture, width: int = 100, *, drop: bool = False) -> str:
    """The timeline in characters: a row a track, names inside the blocks, words under the vocals."""
    names = max([len(lane.name) for lane in picture.lanes] or [4]) + 2
    names = min(names, 18)
    room = max(20, width - names)
    scale = room / max(picture.duration_s, 1e-9)
    lines = [f"{picture.name}  {picture.timecode(0, drop=drop)} to {picture.timecode(picture.duration_s, drop=drop)}"]
    for lane in picture.lanes:
        cells = [" "] * room
        for block in lane.blocks:
            low, high = int(block.start_s * scale), max(int(block.end_s * scale), int(block.start_s * scale) + 1)
            _fill(cells, low, min(high, room), GLYPH[block.state], block.label)
        lines.append(lane.name[: names - 2].ljust(names) + "".join(cells).rstrip())
        if lane.words:
            lines.append(" " * names + _words_line(lane, scale, room))
    lines.append(" " * names + "█ take  ▒ original shown, has a take  ░ original media  · off")
    return "\n".join(lines) + "\n"


def _fill(cells: list[str], low: int, high: int, glyph: str, label: str) -> None:
    for at in range(low, high):
        cells[at] = glyph
    if high - low > 1:
        cells[high - 1] = "▏"
    inside = label[: max(0, high - low - 4)]
    if len(inside) >= min(3, len(label)) and inside:
        cells[low + 1 : low + 1 + len(inside) + 2] = list(f" {inside} ")


def _words_line(lane: Lane, scale: float, room: int) -> str:
    cells, free = [" "] * room, 0
    for word in sorted(lane.words, key=lambda word: word.start_s):
        at = int(word.start_s * scale)
        if at >= free and at + len(word.text) <= room:
            cells[at : at + len(word.text)] = list(word.text)
            free = at + len(word.text) + 1
    return "".join(cells).rstrip()
