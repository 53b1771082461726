"""Clips of every kind go in and come out as they were but for the mouth; what cannot be dubbed is said in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from tests.bench.mouth.containers import changes, compare

from lipwright import document
from lipwright.cli import main
from lipwright.dubbing import Options, dub
from lipwright.types import Performance
from lipwright.video import open_clip
from lipwright.video.pixels.layouts import layout_of, planes_of

pytestmark = [pytest.mark.models, pytest.mark.slow]
COUNT = 10


@pytest.fixture(scope="module")
def faces(footage: Path) -> list[np.ndarray]:
    """A few pictures of the footage, from closed to open."""
    frames = list(open_clip(footage).frames())
    return [frame.picture.to_ndarray(format="rgb24") for frame in frames[: 2 * COUNT : 2]]


def film(
    path: Path, pictures: Sequence[np.ndarray], pix_fmt: str = "yuv420p", codec: str = "libx264",
    options: dict[str, str] | None = None, times: Sequence[int] | None = None, rotation: int = 0, aspect: int = 1,
    colour: tuple[int, int, int, int] = (2, 2, 2, 0),
) -> Path:  # fmt: skip
    """A film by PyAV alone; times in 1/90000 s."""
    stamps = times or [3600 * i for i in range(len(pictures))]
    with av.open(str(path), "w", options={"video_track_timescale": "90000"} if path.suffix == ".mov" else {}) as out:
        stream = out.add_stream(codec, rate=25, options=options or {"qp": "4", "preset": "ultrafast"})
        context = stream.codec_context
        context.height, context.width, context.pix_fmt = *pictures[0].shape[:2], pix_fmt
        context.time_base = stream.time_base = Fraction(1, 90_000)
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = colour
        context.sample_aspect_ratio = Fraction(aspect)
        if rotation:
            stream.set_display_rotation(rotation)
        for rgb, pts in zip(pictures, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24").reformat(format=pix_fmt)
            picture.pts, picture.time_base = pts, Fraction(1, 90_000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def portrait_phone(path: Path, faces: list[np.ndarray]) -> Path:
    """Upright pictures that a phone stores lying and flags, at a phone's wavering rate."""
    times = np.cumsum([0, *np.random.default_rng(0).integers(1500, 5200, COUNT - 1)]).tolist()
    lying = [np.rot90(cv2.copyMakeBorder(f, 80, 80, 0, 0, cv2.BORDER_REPLICATE), -1) for f in faces]
    return film(path, lying, times=times, rotation=90)


KINDS: dict[str, tuple[Callable[[Path, list[np.ndarray]], Path], str, str]] = {
    "10 bit, HDR PQ": (
        lambda p, f: film(p, f, "yuv420p10le", "libx265", {"x265-params": "log-level=none:crf=8"}, colour=(9, 16, 9, 1)),
        "lossless", ".mov",
    ),
    "10 bit 4:2:2": (lambda p, f: film(p, f, "yuv422p10le", "prores_ks", {"profile": "hq"}), "lossless", ".mov"),
    "a phone's": (portrait_phone, "lossless", ".mov"),
    "odd size": (lambda p, f: film(p, [x[:447, :445] for x in f], "yuv444p"), "ffv1", ".mkv"),
    "odd size 4:2:0": (lambda p, f: film(p, [x[:447, :445] for x in f], "yuv420p", "ffv1", {}), "ffv1", ".mkv"),
    "wide pixels": (lambda p, f: film(p, [x[:, ::2] for x in f], aspect=2), "lossless", ".mov"),
    "one frame": (lambda p, f: film(p, f[:1]), "lossless", ".mov"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_everything_but_the_mouth_stays(kind: str, faces: list[np.ndarray], sung: Performance, tmp_path: Path) -> None:
    make, codec, suffix = KINDS[kind]
    clip = make(tmp_path / f"in{'.mkv' if '4:2:0' in kind else '.mov'}", faces)
    before = hashlib.sha256(clip.read_bytes()).hexdigest()
    take = dub(clip, sung, Options(output=tmp_path / f"take{suffix}", codec=codec, sound="none"))
    assert not take.untouched
    source, made = open_clip(clip), open_clip(take.path)
    assert not changes(compare(source, made))
    if suffix == ".mov":
        assert made.times_pts().tolist() == source.times_pts().tolist()
    changed = 0.0
    for a, b in zip(source.frames(), made.frames(), strict=True):
        luma = [planes_of(f.picture, layout_of(f.picture.format.name))[0] for f in (a, b)]
        assert luma[0].shape == luma[1].shape
        changed = max(changed, float(np.mean(luma[0] != luma[1])))
    assert 0.0005 < changed < 0.15
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == before
    assert {p.name for p in tmp_path.iterdir()} == {clip.name, take.path.name, take.report.name}


def cut_off(path: Path, faces: list[np.ndarray]) -> Path:
    whole = film(path, faces).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def bytes_in(data: bytes) -> Callable[[Path, list[np.ndarray]], Path]:
    def make(path: Path, faces: list[np.ndarray]) -> Path:
        del faces
        path.write_bytes(data)
        return path

    return make


HOPELESS: list[tuple[Callable[[Path, list[np.ndarray]], Path], list[str], str]] = [
    (cut_off, ["-o", "take.mov"], "was cut off before its end"),
    (bytes_in(b""), ["-o", "take.mov"], "give a film or a picture"),
    (lambda p, f: film(p, [np.full_like(f[0], 90)] * 3), ["-o", "take.mov"], "no face was found"),
    (film, ["-o", "in.mov"], "would be replaced"),
    (film, ["-o", "take.gif"], "name the output"),
    (film, ["-o", "nowhere/take.mov"], "make that folder or choose another"),
    (film, ["-o", "take.mov", "--bank", "nobody"], "there is no bank 'nobody'"),
    (film, ["-o", "take.mov", "--face", "4"], "the clip has faces 1 to 1"),
    (film, ["-o", "take.mov", "--from", "99"], "has no picture from 99"),
    (film, ["-o", "take.png"], "name a sequence like"),
    (film, ["-o", "mouth.mp4", "--as", "overlay"], "name the output .mov"),
]


@pytest.mark.parametrize(("make", "words", "says"), HOPELESS)
def test_what_cannot_be_dubbed_is_said_in_one_sentence_and_leaves_no_trace(
    make: Callable[[Path, list[np.ndarray]], Path], words: list[str], says: str, faces: list[np.ndarray],
    sung: Performance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    clip = make(tmp_path / "in.mov", faces[:4])
    document.save(sung, tmp_path / "line.lipwright")
    before = hashlib.sha256(clip.read_bytes()).hexdigest()
    assert main(["dub", str(clip), "--performance", "line.lipwright", "--sound", "none", *words]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said and said.count("\n") == 0
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == before
    assert {p.name for p in tmp_path.iterdir()} == {"in.mov", "line.lipwright"}


def test_numbered_pictures_keep_their_numbers(faces: list[np.ndarray], sung: Performance, tmp_path: Path) -> None:
    for folder in ("shot", "take"):
        (tmp_path / folder).mkdir()
    for number, picture in enumerate(faces, 1001):
        cv2.imwrite(str(tmp_path / "shot" / f"s_{number}.png"), picture[..., ::-1])
    take = dub(tmp_path / "shot" / "s_%04d.png", sung, Options(output=tmp_path / "take" / "t_%04d.png", sound="none"))
    names = [p.name for p in sorted((tmp_path / "take").glob("*.png"))]
    assert take.frames == COUNT and names == [f"t_{n}.png" for n in range(1001, 1001 + COUNT)]
