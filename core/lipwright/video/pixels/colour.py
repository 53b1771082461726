"""Between code values and RGB: the matrix and range that a clip says it has, in one 3 x 4 matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.errors import MediaError

# Red and blue luma weights by ITU-T H.273 MatrixCoefficients code.
LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC 73.682
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020, non-constant luminance
}
GBR, UNSPECIFIED = 0, 2
REFUSED = {8: "YCgCo", 10: "BT.2020 constant luminance", 11: "YDzDx", 13: "chromaticity-derived", 14: "ICtCp"}
# H.273 TransferCharacteristics of high dynamic range.
PQ, HLG = 16, 18
# From this height on, an untagged picture is taken for BT.709, as broadcast practice and players do.
HD_LINES = 720


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour tags as H.273 codes (2 = unspecified); `full` range is 0..max, else 16..235 in 8-bit terms."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    full: bool = False
    range_tag: int = 0
    siting: str = "left"

    @property
    def hdr(self) -> str:
        """ "pq", "hlg" or "" ."""
        return {PQ: "pq", HLG: "hlg"}.get(self.transfer, "")


def matrix_code(colour: Colour, height: int) -> int:
    """The matrix to compute with: the tagged one, or the usual guess by height. Raises MediaError for exotic ones."""
    code = colour.matrix
    if code in REFUSED:
        raise MediaError(
            f"the clip's colour matrix is {REFUSED[code]}, which is not supported; convert it to BT.2020 or BT.709"
        )
    if code in LUMA_WEIGHTS:
        return code
    return 1 if height >= HD_LINES else 6


def rgb_from_codes(code: int, *, full: bool, bits: int) -> FloatArray:
    """float32 (3, 4): [Y, Cb, Cr, 1] in code values -> RGB 0..1 (H.273 equations 20 to 34)."""
    red, blue = LUMA_WEIGHTS[code]
    green = 1.0 - red - blue
    kr, kb = 2.0 * (1.0 - red), 2.0 * (1.0 - blue)
    linear = np.array([[1, 0, kr], [1, -kb * blue / green, -kr * red / green], [1, kb, 0]])
    one = float(1 << (bits - 8))
    if full:
        low, span, chroma_span = 0.0, 256 * one - 1, 256 * one - 1
    else:
        low, span, chroma_span = 16 * one, 219 * one, 224 * one
    scale = linear / np.array([span, chroma_span, chroma_span])
    offset = -scale @ np.array([low, 128 * one, 128 * one])
    return np.hstack([scale, offset[:, None]]).astype(np.float32)


def codes_from_rgb(code: int, *, full: bool, bits: int) -> FloatArray:
    """float32 (3, 4): [R, G, B, 1] in 0..1 -> Y, Cb, Cr code values: the inverse of `rgb_from_codes`."""
    square = np.vstack([rgb_from_codes(code, full=full, bits=bits).astype(np.float64), [0, 0, 0, 1]])
    return np.linalg.inv(square)[:3].astype(np.float32)
