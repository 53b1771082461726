"""Regions: what is read is the right colour, what is written touches nothing but its matte."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipwright.errors import MediaError
from lipwright.video.info import ClipInfo
from lipwright.video.pixels.colour import Colour, codes_from_rgb, rgb_from_codes
from lipwright.video.pixels.layouts import layout_of
from lipwright.video.pixels.regions import paste_rgb, region_rgb
from lipwright.video.reading import Frame

from .video_material import noise_picture, samples_of

FORMATS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv444p12le",
           "yuva420p", "yuva444p10le", "nv12", "nv21", "nv16", "p010le", "p210le", "rgb24", "bgr24", "rgba", "bgra",
           "argb", "rgb48le", "rgba64le", "gbrp", "gbrp10le", "gbrap", "gray", "gray10le"]  # fmt: skip
SIZE = (37, 29)  # odd on purpose


def info_for(
    pix_fmt: str, *, rotation: int = 0, colour: Colour | None = None, size: tuple[int, int] = SIZE
) -> ClipInfo:
    width, height = size
    upright = (height, width) if rotation in (90, 270) else (width, height)
    layout = layout_of(pix_fmt)
    assert layout is not None
    colour = colour or Colour(matrix=1, full=pix_fmt.startswith("yuvj"))
    return ClipInfo(Path("clip.mov"), "mov", "ffv1", *upright, width, height, rotation, Fraction(1), Fraction(25), False,
                    Fraction(1, 25), 0, 0, pix_fmt, layout.bits, layout.alpha, False, colour, "", 1.0, 25, False, 0)  # fmt: skip


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_pixels_of_matte_zero_keep_their_samples(pix_fmt: str, rotation: int, rng: np.random.Generator) -> None:
    info = info_for(pix_fmt, rotation=rotation)
    frame = Frame(noise_picture(rng, pix_fmt, *SIZE), 0, 0, info)
    before, everything = samples_of(frame.picture), region_rgb(frame, frame.box(), np.float32)
    box = (3, 5, 22, 24)
    matte = np.zeros((19, 19), np.float32)
    matte[4:13, 5:14] = rng.random((9, 9), np.float32) * 0.9 + 0.1
    paste_rgb(frame, box, rng.random((19, 19, 3), np.float32), matte)
    outside = np.ones((info.height, info.width), bool)
    outside[5:24, 3:22] = matte == 0
    after = region_rgb(frame, frame.box(), np.float32)
    assert np.array_equal(everything[outside], after[outside]), "a pixel outside the matte shows another colour"
    assert not np.array_equal(everything[~outside], after[~outside]), "nothing was pasted"
    luma = np.rot90(outside, -(rotation // 90))
    assert np.array_equal(before[0][luma], samples_of(frame.picture)[0][luma])


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_a_flat_colour_comes_back_as_it_was_pasted(pix_fmt: str, rng: np.random.Generator) -> None:
    frame = Frame(noise_picture(rng, pix_fmt, *SIZE), 0, 0, info_for(pix_fmt))
    colour = np.array([0.5, 0.5, 0.5] if pix_fmt.startswith("gray") else [0.8, 0.35, 0.2], np.float32)
    paste_rgb(frame, frame.box(), np.broadcast_to(colour, (SIZE[1], SIZE[0], 3)))
    assert np.abs(region_rgb(frame, frame.box(), np.float32) - colour).max() < 1.2 / 255


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_reading_agrees_with_ffmpegs_own_conversion(pix_fmt: str, rng: np.random.Generator) -> None:
    """Flat chroma, so that only matrix and range can differ, not how chroma is interpolated."""
    info = info_for(pix_fmt)
    picture = noise_picture(rng, pix_fmt, *SIZE)
    frame = Frame(picture, 0, 0, info)
    paste_rgb(frame, frame.box(), np.full((SIZE[1], SIZE[0], 3), [0.7, 0.4, 0.3], np.float32))
    full = 2 if info.colour.full or layout_of(pix_fmt).rgb else 1
    oracle = picture.reformat(
        format="rgb24", src_colorspace=1, dst_colorspace=1, src_color_range=full, dst_color_range=2
    )
    difference = region_rgb(frame, frame.box()).astype(int) - oracle.to_ndarray()
    # FFmpeg's scaler computes with fewer bits than we do, and treats grey as full range.
    assert np.abs(difference).max() <= (40 if pix_fmt.startswith("gray") else 3)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "nv12", "rgb24", "gbrp10le"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pasting_what_was_read_changes_next_to_nothing(pix_fmt: str, rotation: int, rng: np.random.Generator) -> None:
    frame = Frame(noise_picture(rng, pix_fmt, *SIZE), 0, 0, info_for(pix_fmt, rotation=rotation))
    before = samples_of(frame.picture)
    box = (2, 4, 20, 23)
    paste_rgb(frame, box, region_rgb(frame, box, np.float32))
    assert np.array_equal(before[0], samples_of(frame.picture)[0])


def test_reading_a_box_is_cutting_it_out_of_the_whole(rng: np.random.Generator) -> None:
    for pix_fmt in FORMATS:
        for rotation in (0, 90, 180, 270):
            frame = Frame(noise_picture(rng, pix_fmt, *SIZE), 0, 0, info_for(pix_fmt, rotation=rotation))
            whole = region_rgb(frame, frame.box())
            assert np.array_equal(region_rgb(frame, (5, 3, 16, 21)), whole[3:21, 5:16]), (pix_fmt, rotation)


def test_sampling_at_scale_one_is_reading(rng: np.random.Generator) -> None:
    for pix_fmt in FORMATS:
        for rotation in (0, 90, 180, 270):
            frame = Frame(noise_picture(rng, pix_fmt, *SIZE), 0, 0, info_for(pix_fmt, rotation=rotation))
            seen = frame.sample(np.array([[1.0, 0, -5], [0, 1, -3]]), (11, 18)).astype(int)
            assert np.abs(seen - region_rgb(frame, (5, 3, 16, 21))).max() <= 2, (pix_fmt, rotation)


@pytest.mark.parametrize("code", [1, 5, 9])
@pytest.mark.parametrize("full", [True, False])
def test_the_two_matrices_are_inverse_and_white_is_white(code: int, full: bool) -> None:
    there, back = rgb_from_codes(code, full=full, bits=10), codes_from_rgb(code, full=full, bits=10)
    rgb = np.array([0.2, 0.9, 0.4, 1])
    codes = np.append(back.astype(float) @ rgb, 1)
    assert np.allclose(there.astype(float) @ codes, rgb[:3], atol=1e-5)
    white = back.astype(float) @ np.ones(4)
    assert np.allclose(white, [1023 if full else 940, 512, 512], atol=0.01)


def test_a_matrix_without_rgb_is_refused_by_name(rng: np.random.Generator) -> None:
    info = info_for("yuv420p10le", colour=Colour(matrix=14))
    with pytest.raises(MediaError, match="ICtCp"):
        region_rgb(Frame(noise_picture(rng, "yuv420p10le", *SIZE), 0, 0, info), (0, 0, 4, 4))


def test_a_box_that_leaves_the_picture_is_refused(rng: np.random.Generator) -> None:
    frame = Frame(noise_picture(rng, "rgb24", *SIZE), 0, 0, replace(info_for("rgb24")))
    for box in ((-1, 0, 4, 4), (0, 0, 38, 4), (4, 4, 4, 8)):
        with pytest.raises(ValueError, match="leaves"):
            region_rgb(frame, box)
