"""The user's own Wav2Lip-class weights: ONNX of 96 or 256 pixels, edtalk-class ONNX, or the original `.pth`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.errors import EngineUnavailable, ModelError
from lipwright.files import sha256_of
from lipwright.mouths.engines.exemplar import ExemplarEngine, alpha_of, uncovered
from lipwright.mouths.engines.interface import Job, Patch
from lipwright.mouths.engines.wav2lip_mel import Ear, silence
from lipwright.mouths.face.landmark_indices import EYE_LEFT, EYE_RIGHT, Floats, iod_of, similarity_2d, smooth
from lipwright.mouths.face.matte import face_matte
from lipwright.mouths.face.warp import Box, Picture, shape_of
from lipwright.mouths.pixels.code_values import rounded, white_of

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
# Where the sound that a network hears begins, before the frame's own time, so that the moment at which it draws the
# mouth is the frame's. Wav2Lip's training pairs a picture with the 0.2 s from one frame (25 fps) before it; its script
# starts at the picture itself, and its mouths lead by 40 ms. The middle of the 0.2 s on the frame would lag by 60 ms.
CONTEXT_BEFORE_S = {"wav2lip": 0.040, "edtalk": 0.0}
# These networks move mouths in silence (on digital silence up to half of the frames are open): where the performance
# says that nobody speaks, the performer's own mouth is shown, closed, with soft ramps.
SPOKEN = 0.04  # weight of all visemes but rest from which somebody speaks
RAMP_S = 0.12
LEAST_REST_S = 0.16  # shorter rests between sounds are part of the speech
# Five points of a face in a picture of side 1 (eyes, nose, mouth corners), as edtalk-class networks expect them.
_FIVE = np.array([(0.37691676, 0.46864664), (0.62285697, 0.46912813), (0.50123859, 0.61331904),
                  (0.39308822, 0.72541100), (0.61150205, 0.72490465)])  # fmt: skip
BOX_SMOOTH_FRAMES = 1.5


class Network(Protocol):
    """One way of running one network."""

    kind: str
    size: int

    def __call__(self, mel: FloatArray, face: FloatArray) -> FloatArray:
        """mel (80, 16), face (size, size, 3) BGR (wav2lip) or RGB (edtalk) 0..1 -> the same face, lips moved."""


@dataclass(slots=True, eq=False)
class OnnxNetwork:
    """A network in onnxruntime; its kind is read off the shapes of its inputs."""

    session: Any
    kind: str
    size: int
    names: dict[str, str]

    def __call__(self, mel: FloatArray, face: FloatArray) -> FloatArray:
        planes = np.ascontiguousarray(face.transpose(2, 0, 1)[None])
        feed = {self.names["mel"]: mel[None, None]}
        feed[self.names["face"]] = _masked(planes) if self.kind == "wav2lip" else planes
        if "weight" in self.names:
            feed[self.names["weight"]] = np.array([0.5], np.float32)  # its own scale: 0 still, 0.5 as heard, 1 double
        out = self.session.run(None, feed)[0]
        return np.asarray(out[0].transpose(1, 2, 0), np.float32)


class TorchNetwork:
    """The original network in torch."""

    kind, size = "wav2lip", 96

    def __init__(self, path: Path) -> None:
        try:
            import torch

            from lipwright.mouths.engines.wav2lip_net import load_pth
        except ImportError as error:
            raise EngineUnavailable(
                f"{path.name!r} needs torch: pip install lipwright[torch], or use ONNX weights"
            ) from error
        self._torch, self._net = torch, load_pth(path)

    def __call__(self, mel: FloatArray, face: FloatArray) -> FloatArray:
        planes = _masked(np.ascontiguousarray(face.transpose(2, 0, 1)[None]))
        with self._torch.inference_mode():
            out = self._net(self._torch.from_numpy(mel[None, None].copy()), self._torch.from_numpy(planes))
        return np.asarray(out[0].numpy().transpose(1, 2, 0), np.float32)


def _masked(planes: FloatArray) -> FloatArray:
    """(1, 6, S, S): the face with its lower half blank, then the whole face."""
    blank = planes.copy()
    blank[:, :, planes.shape[2] // 2 :] = 0.0
    return np.concatenate([blank, planes], 1)


def load_network(path: Path, provider: str = "cpu") -> Network:
    """The network in a user's weight file. Raises ModelError in one sentence where it is none."""
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"there is no weight file {str(path)!r}; check --weights")
    if path.suffix.lower() in (".pth", ".pt"):
        return TorchNetwork(path)
    if path.suffix.lower() != ".onnx":
        raise ModelError(f"{path.name!r} is neither .onnx nor .pth; give the weights in one of these")
    return _onnx(path, provider)


def _onnx(path: Path, provider: str) -> OnnxNetwork:
    import onnxruntime

    wanted = PROVIDERS[provider]
    if wanted not in onnxruntime.get_available_providers():
        raise EngineUnavailable(
            f"this onnxruntime cannot use {provider} ({wanted} is missing); "
            "install the onnxruntime package that has it, or use --provider cpu"
        )
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        chain = [wanted] if provider == "cpu" else [wanted, PROVIDERS["cpu"]]
        session = onnxruntime.InferenceSession(str(path), options, providers=chain)
    except Exception as error:
        reason = str(error).splitlines()[0].rpartition(":")[2].strip(" .")[:80]
        raise ModelError(f"{path.name!r} is not a readable ONNX network ({reason}); get it again") from error
    return _recognised(session, path)


def _recognised(session: Any, path: Path) -> OnnxNetwork:
    """Which family a network belongs to, by the shapes of its inputs; names are anybody's."""
    names: dict[str, str] = {}
    kind, size = "", 0
    for entry in session.get_inputs():
        shape = entry.shape
        tail = tuple(shape[1:])
        if len(shape) == 4 and tail == (1, 80, 16):
            names["mel"] = entry.name
        elif len(shape) == 4 and tail in ((6, 96, 96), (6, 256, 256)):
            names["face"], kind, size = entry.name, "wav2lip", int(tail[1])
        elif len(shape) == 4 and tail == (3, 256, 256):
            names["face"], kind, size = entry.name, "edtalk", 256
        elif len(shape) == 1:
            names["weight"] = entry.name
    if not {"mel", "face"} <= names.keys() or (kind == "wav2lip" and "weight" in names):
        found = ", ".join(f"{e.name} {e.shape}" for e in session.get_inputs())
        raise ModelError(
            f"{path.name!r} is no lip-sync network that is known here (its inputs are {found}); "
            "Wav2Lip takes (1, 80, 16) and (6, 96, 96) or (6, 256, 256)"
        )
    return OnnxNetwork(session, kind, size, names)


class Wav2LipEngine:
    """Crops through the user's network, back into the lower face under a soft matte."""

    def __init__(self, job: Job, *, network: Network, weights: Path, sound: FloatArray | None = None) -> None:
        self.job, self.network = job, network
        self.models = {weights.name: sha256_of(weights)}
        self._ear = Ear(network.kind, np.zeros(16_000, np.float32) if sound is None else sound)
        self._matrices = _matrices(job, self.network.kind, self.network.size)
        self.speaking = speaking(job)
        self._resting = ExemplarEngine(job) if (self.speaking < 1.0).any() else None

    def box(self, index: int) -> Box | None:
        """All of the crop that lies in the picture, and of the resting mouth while that is shown."""
        if self.job.strength[index] <= 0.0:
            return None
        spoken, rest = self.speaking[index], None
        if self._resting is not None and spoken < 1.0:
            rest = self._resting.box(index)
        boxes = [box for box in (self._crop_box(index) if spoken > 0.0 else None, rest) if box is not None]
        return _around(boxes) if boxes else None

    def _crop_box(self, index: int) -> Box | None:
        inverse = cv2.invertAffineTransform(self._matrices[index])
        size = self.network.size
        corners = np.array([(0, 0), (size, 0), (0, size), (size, size)]) @ inverse[:, :2].T + inverse[:, 2]
        low, high = np.floor(corners.min(0)), np.ceil(corners.max(0))
        box = Box(
            max(0, int(low[0])),
            max(0, int(low[1])),
            min(self.job.width, int(high[0])),
            min(self.job.height, int(high[1])),
        )
        return box if box.width > 8 and box.height > 8 else None

    def render(self, index: int, region: Picture) -> Patch:
        whole = self.box(index)
        assert whole is not None, "render is asked for active frames only"
        spoken, layers = float(self.speaking[index]), []
        if spoken > 0.0 and (box := self._crop_box(index)) is not None:
            layers.append((spoken, box, self._spoken(index, region[box.within(whole)], box)))
        if spoken < 1.0 and self._resting is not None and (box := self._resting.box(index)) is not None:
            layers.append((1.0 - spoken, box, self._resting.render(index, region[box.within(whole)])))
        if len(layers) == 1 and layers[0][:2] == (1.0, whole):
            return layers[0][2]
        return _mixed(region, whole, layers)

    def _spoken(self, index: int, region: Picture, box: Box) -> Patch:
        matrix = self._matrices[index].copy()
        matrix[:, 2] += matrix[:, :2] @ (box.left, box.top)
        top = white_of(region)
        crop = _crop(region, matrix, self.network.size).astype(np.float32) / np.float32(top)
        face = crop[..., ::-1] if self.network.kind == "wav2lip" else crop
        made = self.network(self._sound(index), np.ascontiguousarray(face))
        made = made[..., ::-1] if self.network.kind == "wav2lip" else made
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        back = cv2.warpAffine(
            np.ascontiguousarray(made), matrix, (box.width, box.height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        rgb = rounded(back * top, region)
        iod = float(iod_of(self.job.landmarks[index, :, :2]))
        matte = face_matte(shape_of(self.job.landmarks[index]), box, iod)
        matte = uncovered(self.job, index, matte, box)
        return Patch(rgb, np.asarray(matte * np.float32(alpha_of(float(self.job.strength[index])))))

    def _sound(self, index: int) -> FloatArray:
        time_s = self.job.vocal_s[index]
        if not np.isfinite(time_s):
            return silence()
        return self._ear.window(float(time_s) - CONTEXT_BEFORE_S[self.network.kind])


def speaking(job: Job) -> Floats:
    """float64 (F,) 0..1: 1 while the performance speaks, 0 while it rests, with ramps of RAMP_S outside the speech."""
    performance = job.performance
    tracks = [track for track in performance.visemes if track.name != "sil" and track.times_s]
    times = np.arange(0.0, performance.vocal.duration_s + 0.01, 0.01)
    on = np.sum([np.interp(times, t.times_s, t.values) for t in tracks], axis=0) > SPOKEN if tracks else times < 0.0
    on = np.pad(on, 100)  # a second of rest each way, so that ramps reach out of the vocal
    on = _without_rests(on, round(LEAST_REST_S / 0.01))
    places = np.flatnonzero(on)
    if not len(places):
        return np.zeros(len(job.vocal_s))
    grid = np.arange(len(on))
    after = places[np.clip(np.searchsorted(places, grid), 0, len(places) - 1)]
    before = places[np.clip(np.searchsorted(places, grid, side="right") - 1, 0, len(places) - 1)]
    away_s = np.minimum(np.abs(after - grid), np.abs(grid - before)) * 0.01
    spoken = np.clip(1.0 - away_s / RAMP_S, 0.0, 1.0)
    at = np.interp(np.nan_to_num(job.vocal_s, nan=-1.0), times[0] + (grid - 100) * 0.01, spoken)
    return np.where(np.isfinite(job.vocal_s), at, 0.0)


def _without_rests(on: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """With pauses between sounds that are shorter than `least` samples filled."""
    on = on.copy()
    edges = np.flatnonzero(np.diff(on.astype(np.int8)))
    for end, start in itertools.pairwise(edges):
        if on[end] and start - end < least:
            on[end : start + 1] = True
    return on


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


def _mixed(region: Picture, whole: Box, layers: list[tuple[float, Box, Patch]]) -> Patch:
    """Patches laid over each other, each with its share: what a cross-fade of the finished pictures would show."""
    rgb, total = np.zeros(region.shape, np.float32), np.zeros(region.shape[:2], np.float32)
    for share, box, patch in layers:
        weight = np.float32(share) * patch.matte
        rgb[box.within(whole)] += weight[..., None] * patch.rgb
        total[box.within(whole)] += weight
    mixed = rounded(rgb / np.maximum(total, 1e-6)[..., None], region)
    return Patch(np.where(total[..., None] > 0.0, mixed, region), total)


def _crop(region: Picture, matrix: Floats, size: int) -> Picture:
    """The network's view; shrinking by more than two is blurred first."""
    scale = float(np.hypot(*matrix[:, 0]))
    if scale < 0.5:
        region = np.asarray(cv2.GaussianBlur(region, (0, 0), 0.4 / scale))
    return np.asarray(
        cv2.warpAffine(region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _matrices(job: Job, kind: str, size: int) -> Floats:
    """float64 (F, 2, 3): picture to crop, smoothed over time; NaN rows where nobody asks."""
    out = np.full((len(job.strength), 2, 3), np.nan)
    active = np.flatnonzero(job.strength > 0.0)
    for i in active:
        out[i] = _box_matrix(job.landmarks[i], size) if kind == "wav2lip" else _five_matrix(job.landmarks[i], size)
    for run in np.split(active, np.flatnonzero(np.diff(active) > 1) + 1):
        out[run] = smooth(out[run], BOX_SMOOTH_FRAMES)
    return out


def _box_matrix(landmarks: Floats, size: int) -> Floats:
    """The upright box that a face detector draws: brow to just under the chin, stretched to a square."""
    points = landmarks[:468, :2]
    low, high = points.min(0), points.max(0)
    height = high[1] - low[1]
    low, high = low + (0.0, 0.06 * height), high + (0.0, 0.05 * height)
    scale = size / (high - low)
    return np.array([[scale[0], 0.0, -low[0] * scale[0]], [0.0, scale[1], -low[1] * scale[1]]])


def _five_matrix(landmarks: Floats, size: int) -> Floats:
    """The similarity that brings eyes, nose and mouth corners to their places."""
    eyes = [landmarks[[EYE_LEFT, 133], :2].mean(0), landmarks[[362, EYE_RIGHT], :2].mean(0)]
    points = np.array([*eyes, landmarks[4, :2], landmarks[61, :2], landmarks[291, :2]])
    return similarity_2d(points, _FIVE * size)
