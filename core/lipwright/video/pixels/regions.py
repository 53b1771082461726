"""RGB in and out of the native planes: only the rectangle asked for is read, only its matte's pixels are written.

Boxes and matrices are in pixels of the upright picture, as stored (pixel aspect is not applied); the centre of the
first pixel is (0, 0) for matrices, and a box (x0, y0, x1, y1) covers whole pixels x0 <= x < x1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.video.info import ClipInfo
from lipwright.video.pixels.colour import Colour, codes_from_rgb, matrix_code, rgb_from_codes
from lipwright.video.pixels.layouts import Layout, alpha_plane, layout_of, planes_of

Box = tuple[int, int, int, int]
Pixels = NDArray[Any]

TOP = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.float32): 1.0}


def region_rgb(frame: Any, box: Box, dtype: Any = np.uint8) -> Pixels:
    """RGB of `box`, (H, W, 3): uint8, uint16 (both clipped to their range) or float32 0..1 (not clipped).

    `frame` is a `lipwright.video.reading.Frame`; the box must lie inside the picture.
    """
    info: ClipInfo = frame.info
    coded = coded_box(box, info)
    layout = _layout(info)
    planes = planes_of(frame.picture, layout)
    dtype = np.dtype(dtype)
    if dtype not in TOP:
        raise ValueError(f"pixels can be uint8, uint16 or float32, not {dtype}")
    rgb = _rgb_of(planes, layout, info.colour, coded, info.coded_height, TOP[dtype])
    return _as_dtype(np.rot90(rgb, info.rotation // 90), dtype)


def paste_rgb(frame: Any, box: Box, rgb: Pixels, matte: Pixels | None = None) -> None:
    """Blend `rgb` (H, W, 3; uint8, uint16 or float32 0..1) into `box`, by `matte` (H, W) 0..1 or uint8 0..255.

    Where the matte is 0 the native samples stay as they are, bit for bit; so does every chroma sample that any such
    pixel shows. The picture is copied first where the decoder still needs it.
    """
    info: ClipInfo = frame.info
    coded = coded_box(box, info)
    layout = _layout(info)
    turns = -(info.rotation // 90)
    colour = _as_float(np.rot90(rgb, turns))
    weight = np.ones(colour.shape[:2], np.float32) if matte is None else _matte(np.rot90(matte, turns))
    x0, y0, x1, y1 = coded
    if colour.shape[:2] != (y1 - y0, x1 - x0) or weight.shape != colour.shape[:2]:
        raise ValueError(f"box {box} needs pixels and matte of its size, got {rgb.shape} and {weight.shape}")
    left, top, across, down = cv2.boundingRect((weight > 0).astype(np.uint8))
    if not across:
        return
    colour, weight = (part[top : top + down, left : left + across] for part in (colour, weight))
    coded = (x0 + left, y0 + top, x0 + left + across, y0 + top + down)
    frame.picture.make_writable()
    planes = planes_of(frame.picture, layout)
    if layout.rgb:
        _blend_rgb(planes, layout, coded, colour, weight)
    else:
        _blend_yuv(planes, layout, info.colour, coded, colour, weight, info.coded_height)


def sample(picture: Any, info: ClipInfo, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 (size[1], size[0], 3) RGB through `matrix` (2 x 3, upright pixels -> output), bilinear; black outside."""
    layout = _layout(info)
    planes = planes_of(picture, layout)
    to_out = _compose(np.asarray(matrix, np.float64), upright_from_coded(info))
    if layout.rgb:
        rgb = (
            np.stack([_warped(p, to_out, size) for p in _rgb_planes(planes, layout)], 2)
            if layout.kind == "gbr"
            else (_warped(planes[0], to_out, size)[..., list(layout.order)])
        )
        return rgb if layout.bits == 8 else (rgb >> (layout.bits - 8)).astype(np.uint8)
    luma = _warped(planes[0], to_out, size)
    to_rgb = _to_rgb(info.colour, layout, info.coded_height) * np.float32(255)
    if layout.kind == "grey":
        middle = np.full_like(luma, 1 << (layout.bits - 1 + layout.shift))
        chroma: tuple[Pixels, Pixels] = (middle, middle)
    else:
        chroma = _warped_chroma(planes, layout, info.colour, to_out, size)
    # OpenCV rounds and saturates to the input's own depth.
    rgb = cv2.transform(cv2.merge([luma, *chroma]), to_rgb)
    out = np.asarray(rgb if rgb.dtype == np.uint8 else np.minimum(rgb, 255), np.uint8)
    outside = luma == 0
    if outside.any():
        out[outside] = 0
    return out


def picture_from_rgb(rgb: Pixels, info: ClipInfo, *, upright: bool = False) -> Any:
    """A new `av.VideoFrame` in `info`'s format and colour, from an upright RGB or RGBA picture of its size.

    `upright`: the picture stays upright instead of being turned back to how the clip is coded.
    """
    if upright:
        info = replace(info, rotation=0, coded_width=info.width, coded_height=info.height)
    layout = layout_of(info.pix_fmt)
    if layout is None:  # PNG wants its 16 bits big-endian
        return picture_from_rgb(rgb, replace(info, pix_fmt=info.pix_fmt.replace("be", "le"))).reformat(
            format=info.pix_fmt
        )
    picture = av.VideoFrame(info.coded_width, info.coded_height, info.pix_fmt)
    paste_rgb(_Blank(picture, info), (0, 0, info.width, info.height), rgb[..., :3])
    if layout.alpha:
        _write_alpha(picture, layout, np.rot90(rgb, -(info.rotation // 90)))
    return picture


@dataclass(frozen=True, slots=True)
class _Blank:
    """What `paste_rgb` needs of a frame."""

    picture: Any
    info: ClipInfo


def _write_alpha(picture: Any, layout: Layout, rgb: Pixels) -> None:
    """Alpha of 1 where the picture has only RGB. Alpha is full range in every format (FFmpeg, Apple)."""
    top = (1 << layout.bits) - 1
    alpha = np.float32(1) if rgb.shape[2] == 3 else _as_float(rgb[..., 3])
    codes = np.rint(np.broadcast_to(alpha, rgb.shape[:2]) * np.float32(top))
    if layout.kind == "packed":
        pixels = planes_of(picture, layout)[0]
        pixels[..., ({0, 1, 2, 3} - set(layout.order)).pop()] = codes
    else:
        alpha_plane(picture, layout)[...] = codes


def coded_box(box: Box, info: ClipInfo) -> Box:
    """The box in the coded picture, for a box in the upright one. Raises ValueError where it leaves the picture."""
    x0, y0, x1, y1 = (int(v) for v in box)
    if not (0 <= x0 < x1 <= info.width and 0 <= y0 < y1 <= info.height):
        raise ValueError(f"box {box} leaves the {info.width} x {info.height} picture")
    width, height = info.coded_width, info.coded_height
    if info.rotation == 90:
        return (width - y1, x0, width - y0, x1)
    if info.rotation == 180:
        return (width - x1, height - y1, width - x0, height - y0)
    if info.rotation == 270:
        return (y0, height - x1, y1, height - x0)
    return (x0, y0, x1, y1)


def upright_from_coded(info: ClipInfo) -> NDArray[np.float64]:
    """2 x 3: pixel centres of the coded picture to pixel centres of the upright one."""
    right, bottom = info.coded_width - 1, info.coded_height - 1
    rows = {0: [[1, 0, 0], [0, 1, 0]], 90: [[0, 1, 0], [-1, 0, right]],
            180: [[-1, 0, right], [0, -1, bottom]], 270: [[0, -1, bottom], [1, 0, 0]]}  # fmt: skip
    return np.array(rows[info.rotation], np.float64)


def _layout(info: ClipInfo) -> Layout:
    layout = layout_of(info.pix_fmt)
    assert layout is not None, "reading converts formats that have no layout"
    return layout


def _compose(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The map that applies b, then a."""
    return np.hstack([a[:, :2] @ b[:, :2], (a[:, :2] @ b[:, 2] + a[:, 2])[:, None]])


@lru_cache(maxsize=64)
def _to_rgb(colour: Colour, layout: Layout, height: int) -> FloatArray:
    matrix = rgb_from_codes(matrix_code(colour, height), full=colour.full, bits=layout.bits)
    matrix = matrix.copy()
    matrix[:, :3] /= 1 << layout.shift
    return matrix


@lru_cache(maxsize=64)
def _from_rgb(colour: Colour, layout: Layout, height: int) -> FloatArray:
    matrix = codes_from_rgb(matrix_code(colour, height), full=colour.full, bits=layout.bits)
    return matrix * (1 << layout.shift)


def _siting(layout: Layout, colour: Colour) -> tuple[float, float]:
    """Chroma coordinate of luma coordinate 0 (pixel centres): -0.25 where centred between two, 0 where co-sited."""
    across = 0.0 if not layout.sub_x or colour.siting == "left" else -0.25
    return across, (-0.25 if layout.sub_y else 0.0)


def _chroma_from_luma(layout: Layout, colour: Colour) -> NDArray[np.float64]:
    across, down = _siting(layout, colour)
    return np.array([[1 / (1 << layout.sub_x), 0, across], [0, 1 / (1 << layout.sub_y), down]])


def _warped(plane: Pixels, matrix: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.warpAffine(plane, matrix, size))


def _warped_chroma(
    planes: list[Pixels], layout: Layout, colour: Colour, to_out: NDArray[np.float64], size: tuple[int, int]
) -> tuple[Pixels, Pixels]:
    luma_from_chroma = cv2.invertAffineTransform(_chroma_from_luma(layout, colour))
    matrix = _compose(to_out, luma_from_chroma)
    if layout.kind == "semi":
        pairs = np.asarray(cv2.warpAffine(planes[1], matrix, size, borderMode=cv2.BORDER_REPLICATE))
        return pairs[..., layout.order[0]], pairs[..., layout.order[1]]
    blue, red = (cv2.warpAffine(p, matrix, size, borderMode=cv2.BORDER_REPLICATE) for p in planes[1:])
    return np.asarray(blue), np.asarray(red)


def _rgb_planes(planes: list[Pixels], layout: Layout) -> list[Pixels]:
    if layout.kind == "gbr":
        return [planes[i] for i in layout.order]
    return [planes[0][..., i] for i in layout.order]


def _rgb_of(planes: list[Pixels], layout: Layout, colour: Colour, box: Box, height: int, white: float) -> FloatArray:
    """float32 (H, W, 3): RGB from 0 to `white`, not clipped."""
    x0, y0, x1, y1 = box
    if layout.rgb:
        scale = np.float32(white / ((1 << layout.bits) - 1))
        parts = [p[y0:y1, x0:x1].astype(np.float32) * scale for p in _rgb_planes(planes, layout)]
        return np.asarray(cv2.merge(parts), np.float32)
    luma = planes[0][y0:y1, x0:x1].astype(np.float32)
    if layout.kind == "grey":
        middle = np.full_like(luma, 1 << (layout.bits - 1))
        chroma = (middle, middle)
    else:
        blue, red = _chroma_planes(planes, layout)
        chroma = (_at_luma(blue, layout, colour, box), _at_luma(red, layout, colour, box))
    to_rgb = _to_rgb(colour, layout, height) * np.float32(white)
    return np.asarray(cv2.transform(cv2.merge([luma, *chroma]), to_rgb), np.float32)


def _chroma_planes(planes: list[Pixels], layout: Layout) -> tuple[Pixels, Pixels]:
    if layout.kind == "semi":
        return planes[1][..., layout.order[0]], planes[1][..., layout.order[1]]
    return planes[1], planes[2]


def _at_luma(plane: Pixels, layout: Layout, colour: Colour, box: Box) -> FloatArray:
    """float32 (H, W): chroma codes at every luma pixel of the box, bilinear, honouring the siting."""
    x0, y0, x1, y1 = box
    if not layout.sub_x and not layout.sub_y:
        return np.asarray(plane[y0:y1, x0:x1], np.float32)
    # One sample more on each side, the picture's edge held there: so no edge is seen when the block is enlarged.
    block, left, top = _with_margin(plane, x0 >> layout.sub_x, y0 >> layout.sub_y,
                                    -(-x1 >> layout.sub_x), -(-y1 >> layout.sub_y))  # fmt: skip
    rows, columns = block.shape
    if layout.sub_y:  # between two rows: where cv2.resize takes its pixels to be
        block = np.asarray(cv2.resize(block, (columns, 2 * rows)))
    if layout.sub_x and colour.siting == "left":
        block = _doubled_cosited(block)
    elif layout.sub_x:
        block = np.asarray(cv2.resize(block, (2 * columns, len(block))))
    x0, y0 = x0 - (left << layout.sub_x), y0 - (top << layout.sub_y)
    return block[y0 : y0 + box[3] - box[1], x0 : x0 + box[2] - box[0]]


def _with_margin(plane: Pixels, left: int, top: int, right: int, bottom: int) -> tuple[FloatArray, int, int]:
    """The plane's samples in the box and one around them, and where the first of them lies."""
    rows, columns = plane.shape
    part = plane[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1].astype(np.float32)
    edges = (int(top == 0), int(bottom == rows), int(left == 0), int(right == columns))
    if any(edges):
        part = np.asarray(cv2.copyMakeBorder(part, *edges, cv2.BORDER_REPLICATE), np.float32)
    return part, left - 1, top - 1


def _doubled_cosited(block: FloatArray) -> FloatArray:
    """Twice as many columns: the old ones, and between each and the next their mean."""
    out = np.empty((block.shape[0], 2 * block.shape[1]), np.float32)
    out[:, ::2] = block
    np.add(block[:, :-1], block[:, 1:], out=out[:, 1:-1:2])
    out[:, 1:-1:2] *= np.float32(0.5)
    out[:, -1] = block[:, -1]
    return out


def _blend(view: Pixels, new: Pixels, weight: FloatArray, top: float) -> None:
    """view := view + weight * (new - view), rounded; samples of weight 0 are not written at all."""
    old = view.astype(np.float32)
    mixed = np.clip(np.rint(old + weight * (new - old)), 0, top).astype(view.dtype)
    np.copyto(view, mixed, where=weight > 0)


def _blend_rgb(planes: list[Pixels], layout: Layout, box: Box, rgb: FloatArray, weight: FloatArray) -> None:
    x0, y0, x1, y1 = box
    top = float((1 << layout.bits) - 1)
    for channel, plane in enumerate(_rgb_planes(planes, layout)):
        _blend(plane[y0:y1, x0:x1], rgb[..., channel] * top, weight, top)


def _blend_yuv(
    planes: list[Pixels], layout: Layout, colour: Colour, box: Box, rgb: FloatArray, weight: FloatArray, height: int
) -> None:
    x0, y0, x1, y1 = box
    codes = cv2.transform(rgb, _from_rgb(colour, layout, height))
    top = float(((1 << layout.bits) - 1) << layout.shift)
    _blend(planes[0][y0:y1, x0:x1], codes[..., 0], weight, top)
    if layout.kind == "grey":
        return
    if layout.sub_x or layout.sub_y:
        codes, weight, box = _chroma_blocks(codes, weight, box, layout, colour, planes[0].shape)
    left, up, right, down = box
    for channel, plane in enumerate(_chroma_planes(planes, layout), 1):
        view = plane[up:down, left:right]
        rows, columns = view.shape
        _blend(view, codes[:rows, :columns, channel], weight[:rows, :columns], top)


def _chroma_blocks(
    codes: FloatArray, weight: FloatArray, box: Box, layout: Layout, colour: Colour, size: tuple[int, ...]
) -> tuple[FloatArray, FloatArray, Box]:
    """Codes and weights at the chroma samples whose luma pixels meet the box, and those samples' box.

    A sample gets weight 0 where any luma pixel that it reaches when it is interpolated has matte 0.
    """
    x0, y0, x1, y1 = box
    height, width = size
    step_x, step_y = 1 << layout.sub_x, 1 << layout.sub_y
    left, top = x0 >> layout.sub_x, y0 >> layout.sub_y
    right, bottom = -(-x1 >> layout.sub_x), -(-y1 >> layout.sub_y)
    # One chroma sample of margin on each side, so that filters see what lies around.
    pads = (
        (y0 - (top - 1) * step_y, (bottom + 1) * step_y - y1),
        (x0 - (left - 1) * step_x, (right + 1) * step_x - x1),
    )
    edge = cv2.BORDER_REPLICATE
    codes = cv2.copyMakeBorder(codes, *pads[0], *pads[1], edge)
    weight = _padded_weight(weight, pads, (y0 == 0, y1 == height, x0 == 0, x1 == width))
    kernel_x, at_x, reach_x = _filter(layout.sub_x, colour.siting == "left")
    kernel_y, at_y, reach_y = _filter(layout.sub_y, False)
    reach = np.ones((reach_y, reach_x), np.uint8)
    anchor = ((reach_x - 1) // 2, (reach_y - 1) // 2)
    covered = cv2.erode(
        (weight > 0).astype(np.uint8), reach, anchor=anchor, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    at, depth = (at_x, at_y), cv2.CV_32F
    codes = cv2.sepFilter2D(codes, depth, kernel_x, kernel_y, anchor=at, borderType=edge)
    codes = codes[step_y:-step_y:step_y, step_x:-step_x:step_x]
    weight = cv2.sepFilter2D(weight, depth, kernel_x, kernel_y, anchor=at, borderType=edge) * covered
    return codes, weight[step_y:-step_y:step_y, step_x:-step_x:step_x], (left, top, right, bottom)


def _padded_weight(weight: FloatArray, pads: tuple[tuple[int, int], ...], open_: tuple[bool, ...]) -> FloatArray:
    """Zeros around the weights, but their own edge on the sides where the picture ends (top, bottom, left, right)."""
    (up, down), (left, right) = pads
    edge = [n if is_open else 0 for n, is_open in zip((up, down, left, right), open_, strict=True)]
    zero = [0 if is_open else n for n, is_open in zip((up, down, left, right), open_, strict=True)]
    weight = cv2.copyMakeBorder(weight, edge[0], edge[1], edge[2], edge[3], cv2.BORDER_REPLICATE)
    padded = cv2.copyMakeBorder(weight, zero[0], zero[1], zero[2], zero[3], cv2.BORDER_CONSTANT, value=0)
    return np.asarray(padded, np.float32)


def _filter(sub: int, cosited: bool) -> tuple[FloatArray, int, int]:
    """(kernel, its anchor, luma pixels reached) of one axis: how luma-sized chroma becomes one chroma sample."""
    if not sub:
        return np.ones(1, np.float32), 0, 1
    if cosited:
        return np.array([0.25, 0.5, 0.25], np.float32), 1, 3
    return np.array([0.5, 0.5], np.float32), 0, 4


def _matte(matte: Pixels) -> FloatArray:
    if matte.dtype == np.uint8:
        return np.ascontiguousarray(matte, np.float32) / np.float32(255)
    return np.clip(np.ascontiguousarray(matte, np.float32), 0, 1)


def _as_float(rgb: Pixels) -> FloatArray:
    if rgb.dtype not in TOP:
        raise ValueError(f"pixels must be uint8, uint16 or float32, got {rgb.dtype}")
    return np.ascontiguousarray(rgb, np.float32) * np.float32(1 / TOP[rgb.dtype])


def _as_dtype(rgb: FloatArray, dtype: Any) -> Pixels:
    """float32 pixels, from 0 to the type's white, as `dtype`; whole numbers are rounded and clipped."""
    if dtype == np.float32:
        return np.ascontiguousarray(rgb)
    # One pass in C: rounds, and saturates at the type's limits.
    depth = cv2.CV_8U if dtype == np.uint8 else cv2.CV_16U
    return np.asarray(cv2.add(np.ascontiguousarray(rgb), (0.0, 0.0, 0.0, 0.0), dtype=depth))
