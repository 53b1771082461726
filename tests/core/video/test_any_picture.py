"""Any file that a person has is opened the right way round, or refused by name; nothing of it differs by chance."""

from __future__ import annotations

import os
import shutil
import struct
import sys
import zlib
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from lipwright.errors import MediaError
from lipwright.faces import cache
from lipwright.video import Writer, open_clip, region_rgb
from lipwright.video.orientation import exif_orientation

from .video_material import noise_picture, samples_of, write_clip

# What EXIF's eight orientations do to an upright picture when it is stored (CIPA DC-008, 4.6.4).
STORED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.fixture
def quarters() -> np.ndarray:
    """Four colours that tell every turn and mirror image from every other."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32] = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    return picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path: Path, rgb: np.ndarray, *extra: bytes) -> Path:
    data = bytes(cv2.imencode(".png", rgb[..., ::-1])[1])
    path.write_bytes(data[:33] + b"".join(extra) + data[33:])
    return path


def exif(orientation: int) -> bytes:
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def jpeg(path: Path, rgb: np.ndarray, orientation: int) -> Path:
    data = bytes(cv2.imencode(".jpg", rgb[..., ::-1])[1])
    app1 = b"Exif\0\0" + exif(orientation)
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + data[2:])
    return path


def upright(path: Path) -> np.ndarray:
    frame = next(iter(open_clip(path).frames()))
    return region_rgb(frame, frame.box())


@pytest.mark.parametrize("orientation", STORED)
def test_a_photograph_is_shown_as_its_exif_says(orientation: int, quarters: np.ndarray, tmp_path: Path) -> None:
    stored = np.ascontiguousarray(STORED[orientation](quarters))
    for path in (
        png(tmp_path / "a.png", stored, chunk(b"eXIf", exif(orientation))),
        jpeg(tmp_path / "a.jpg", stored, orientation),
    ):
        assert exif_orientation(path) == orientation
        shown = upright(path)
        assert shown.shape == quarters.shape
        assert np.abs(shown[6:-6:6, 6:-6:6].astype(int) - quarters[6:-6:6, 6:-6:6]).mean() < 20


@pytest.mark.parametrize(("mirror", "axis"), [({"hflip": True}, 1), ({"vflip": True}, 0)])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_mirrored_film_is_shown_as_players_show_it(
    rotation: int, mirror: dict[str, bool], axis: int, tmp_path: Path
) -> None:
    noise = noise_picture(np.random.default_rng(1), "yuv420p", 64, 48)
    path = write_clip(tmp_path / "in.mov", [noise, noise])
    turned = tmp_path / "mirrored.mov"
    with av.open(str(path)) as source, av.open(str(turned), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(rotation, **mirror)
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    plain = upright(path)
    want = np.flip(np.rot90(plain, rotation // 90), axis)  # a display matrix turns first
    shown = upright(turned)
    assert shown.shape == want.shape and np.abs(shown.astype(int) - want).mean() < 3
    clip = open_clip(turned)
    with Writer(tmp_path / "take.mov", clip.info, codec="lossless") as writer:
        for frame in clip.frames():
            writer.write(frame)
    assert np.abs(upright(tmp_path / "take.mov").astype(int) - shown).mean() < 1


@pytest.mark.parametrize("name", [b"icc", b"cicp", b"exif"])
def test_a_picture_with_a_profile_opens(name: bytes, quarters: np.ndarray, tmp_path: Path) -> None:
    profile = zlib.compress(bytes(128) + b"acsp")
    extra = {
        b"icc": [chunk(b"iCCP", b"Display P3\0\0" + profile)],
        b"cicp": [chunk(b"cICP", bytes((9, 16, 0, 1))), chunk(b"iCCP", b"x\0\0" + profile)],
        b"exif": [chunk(b"iCCP", b"sRGB\0\0" + profile), chunk(b"eXIf", exif(6))],
    }[name]
    for number in range(3):
        png(tmp_path / f"p{number}.png", quarters, *extra)
    assert open_clip(tmp_path / "p0.png").info.still
    assert sum(1 for _ in open_clip(tmp_path / "p%d.png").frames()) == 3


NAMES = ["a:b.mov", "shot [1].mov", "take%20one.mov", "data:x.mov", "é 映像.mov"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"caf\xe9.mov")])
def test_any_name_that_a_file_can_have(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = write_clip(tmp_path / "in.mov", [noise_picture(np.random.default_rng(1), "yuv420p", 64, 48)] * 3)
    shutil.copy(source, name)
    clip = open_clip(name)
    with Writer(Path(f"out {name}"), clip.info, codec="lossless") as out:
        for frame in clip.frames():
            out.write(frame)
    assert out.frames == 3 and open_clip(f"out {name}").expected_frames == 3


def test_sequences_with_brackets_are_told_apart(quarters: np.ndarray, tmp_path: Path) -> None:
    for number in range(2):
        png(tmp_path / f"a[1]_{number}.png", quarters)
        png(tmp_path / f"a1_{number}.png", quarters[::-1])
        png(tmp_path / f"b[1]_{number}.png", quarters[:, ::-1])
    keys = {cache.key_of(tmp_path / f"{stem}_%d.png") for stem in ("a[1]", "a1", "b[1]")}
    assert len(keys) == 3


def test_an_animated_webp_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + bytes(6) + b"ANIM\x06\0\0\0" + bytes(40))
    with pytest.raises(MediaError, match="WebP"):
        open_clip(path)


# Sizes at which libswscale's slices raced, and plain ones.
CONVERSIONS = [(1080, 1920, "yuv422p10le"), (360, 640, "yuv444p10le"), (358, 286, "yuv422p10le")]


@pytest.mark.parametrize(("width", "height", "pix_fmt"), CONVERSIONS)
def test_a_conversion_gives_the_same_pixels_every_time(width: int, height: int, pix_fmt: str, tmp_path: Path) -> None:
    noise = noise_picture(np.random.default_rng(2), "yuv420p", width, height)
    clip = open_clip(write_clip(tmp_path / "in.mov", [noise]))
    codec = "prores" if "422" in pix_fmt else "prores4444"
    frame = next(iter(clip.frames()))
    with Writer(tmp_path / "out.mov", clip.info, codec=codec) as out:
        seen = {tuple(p.tobytes() for p in samples_of(out._converted(frame.picture))) for _ in range(8)}
        out.write(frame)
    assert len(seen) == 1
