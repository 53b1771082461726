"""The map of the house from its imports: `python docs/developers/draw_map.py` writes map.svg beside itself.

Rows are the layers that pyproject.toml's import contract holds; a line is an import between two boxes. What nearly
every box imports (the light modules at the bottom) has no lines; a dashed line starts a process.
"""

from __future__ import annotations

import sys
import textwrap
import tomllib
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OUTER = ("blender_addon", "lipwright_resolve")
PACKAGES = ("lipwright", "otio_lipwright", *OUTER)
WIDTH, ROW, GAP, MARGIN = 1280, 118, 14, 24
FONT = "DejaVu Sans, Verdana, sans-serif"
INK, PAPER = "#20242c", "#ffffff"
# One colour a kind of box: hosts, front end, pipelines, stages, what they share.
COLORS = ("#f4d9c6", "#e9e2f5", "#d5e6f7", "#dcefdc", "#ececec")


def rows(imports: grimp.ImportGraph) -> list[tuple[str, list[str]]]:
    """(what the row is, its boxes), from the outside in; an optional layer, in brackets, only where it exists."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(c for c in config["contracts"] if c["id"] == "one-way")
    layers = [[f"lipwright.{n.strip(' ()')}" for n in row.replace(":", "|").split("|")] for row in contract["layers"]]
    layers = [[name for name in row if name in imports.modules] for row in layers]
    front, (pipelines, service, stages, shared), light = layers[:3], layers[3:7], layers[7:]
    return [
        ("hosts, each in its own process", list(OUTER)),
        ("front end", [name for row in front for name in row if not name.endswith("__main__")]),
        ("timelines", ["otio_lipwright"]),
        ("pipelines and views", pipelines),
        ("the recipe", service),
        ("stages", stages),
        ("shared", shared),
        ("light: the standard library only", [name for row in light for name in row]),
    ]


def graph() -> grimp.ImportGraph:
    """Every import of the house, lazy ones too."""
    for folder in ("core", "otio_adapter", "resolve_script", "."):
        if str(ROOT / folder) not in sys.path:
            sys.path.append(str(ROOT / folder))
    return grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)


def edges(imports: grimp.ImportGraph, boxes: list[str]) -> set[tuple[str, str]]:
    """(importer, imported) between two boxes."""
    home = {module: box for box in boxes for module in {box, *imports.find_descendants(box)}}
    return {
        (home[module], home[other])
        for module in home
        for other in imports.find_modules_directly_imported_by(module)
        if other in home and home[other] != home[module]
    }


def picture(imports: grimp.ImportGraph) -> str:
    """The map as SVG."""
    table = rows(imports)
    place = {box: spot for row, (_, boxes) in enumerate(table) for box, spot in _spots(boxes, row)}
    light = set(table[-1][1])
    height = MARGIN * 2 + ROW * len(table)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="{FONT}" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
    ]
    out += [_line(place[a], place[b]) for a, b in sorted(edges(imports, list(place))) if b not in light]
    out += [_line(place[host], place["lipwright.cli"], ' stroke-dasharray="6 4"') for host in OUTER]
    for row, (what, boxes) in enumerate(table):
        color = COLORS[(0, 1, 2, 2, 2, 3, 4, 4)[row]]
        out.append(f'<text x="{MARGIN}" y="{MARGIN + ROW * row + 10}" font-size="12" opacity="0.7">{what}</text>')
        out += [_box(box, place[box], color, imports) for box in boxes]
    return "\n".join([*out, "</svg>"]) + "\n"


def _spots(boxes: list[str], row: int) -> list[tuple[str, tuple[float, float, float]]]:
    """(left, top, width) of each box of a row."""
    width = min(300.0, (WIDTH - 2 * MARGIN - GAP * (len(boxes) - 1)) / len(boxes))
    left = (WIDTH - width * len(boxes) - GAP * (len(boxes) - 1)) / 2
    return [(box, (left + n * (width + GAP), MARGIN + ROW * row + 18, width)) for n, box in enumerate(boxes)]


def _line(start: tuple[float, float, float], end: tuple[float, float, float], dashed: str = "") -> str:
    x1, y1 = start[0] + start[2] / 2, start[1] + 66
    x2, y2 = end[0] + end[2] / 2, end[1]
    middle = (y1 + y2) / 2
    return (
        f'<path d="M{x1:.0f} {y1:.0f} C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"'
        f' fill="none" stroke="#7a8699" stroke-opacity="0.6"{dashed}/>'
    )


def _box(box: str, spot: tuple[float, float, float], color: str, imports: grimp.ImportGraph) -> str:
    left, top, width = spot
    inside = sorted(child.rpartition(".")[2] for child in imports.find_children(box) if imports.find_children(child))
    name = box.removeprefix("lipwright.")
    words = [f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="66" rx="6" fill="{color}" stroke="{INK}"/>']
    size = 12 if len(name) * 8 < width else 10
    words.append(f'<text x="{left + 8:.0f}" y="{top + 18}" font-size="{size}" font-weight="bold">{escape(name)}</text>')
    count = len(imports.find_descendants(box))
    said = ", ".join(inside) if inside else f"{count} modules" if count > 1 else ""
    for number, line in enumerate(textwrap.wrap(said, max(8, int(width / 5.8)))[:3]):
        words.append(f'<text x="{left + 8:.0f}" y="{top + 33 + 12 * number}" font-size="10">{escape(line)}</text>')
    return "".join(words)


if __name__ == "__main__":
    (HERE / "map.svg").write_text(picture(graph()), encoding="utf-8")
