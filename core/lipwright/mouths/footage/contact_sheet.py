"""Contact sheets: what an editor looks at first."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lipwright.errors import OutputError
from lipwright.files import write_beside
from lipwright.mouths.face.landmark_indices import Floats, gap_of
from lipwright.mouths.face.warp import Picture
from lipwright.mouths.footage.bank import Bank
from lipwright.mouths.pixels.code_values import eight_bits

CELL = 180


def face_cell(rgb: Picture, centre: Floats, half: float, size: int = CELL, aspect: float = 1.0) -> Picture:
    """A square of the picture around `centre`, `half` its half side, `size` pixels wide; `aspect` is its pixels'."""
    scale, across = size / (2.0 * half), size * aspect / (2.0 * half)
    matrix = np.array([[across, 0, size / 2 - across * centre[0]], [0, scale, size / 2 - scale * centre[1]]])
    if scale < 0.6:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale))
    return np.asarray(cv2.warpAffine(rgb, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def labelled(cell: Picture, text: str) -> Picture:
    """The cell with a line of small text in its lower left corner."""
    cell = np.ascontiguousarray(cell)
    x, y = 5, cell.shape[0] - 7
    # A thicker stroke would also be wider, so the dark edge is the same text around the light one.
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        cv2.putText(cell, text, (x + dx, y + dy), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(cell, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
    return cell


def grid(cells: list[Picture], columns: int) -> Picture:
    """The cells in rows; the last row is filled up with black."""
    cells = cells + [np.zeros_like(cells[0])] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])


def bank_sheet(bank: Bank, most: int = 60) -> Picture:
    """The bank's mouths from closed to wide open."""
    gaps = gap_of(bank.lips[..., :2])
    order = np.argsort(gaps, kind="stable")
    picked = order[np.linspace(0, len(order) - 1, min(most, len(order))).astype(int)]
    cells = []
    for i in picked:
        rgb = eight_bits(bank.pictures[i])
        cells.append(labelled(face_cell(rgb, bank.shapes[i].lips.mean(0), 0.62 * bank.iod[i], 120), f"{gaps[i]:.2f}"))
    return grid(cells, min(10, len(cells)))


def write_png(path: Path, rgb: Picture) -> None:
    """Write a picture; raises OutputError for a name that is no PNG."""
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path.name!r} is no picture name; name it .png")
    ok, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not ok:
        raise OutputError(f"cannot encode {path.name!r} as PNG; report this with the clip's size")
    write_beside(path, data.tobytes())
