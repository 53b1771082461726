"""Who is who: what a face looks like, so that a performer keeps their track across gaps and cuts.

No recognition network ships with lipwright. Inside a shot place and size decide; across shots the levelled picture of
the upper face, its colours and the proportions of its fixed points do. Twins, masks and harsh changes of light defeat
it; then one performer has two tracks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.faces.geometry import STABLE, Points, iod, similarity

SIZE = 32
# Where the twelve fixed points lie in the levelled picture, in its sides: eyes on one line, nose below.
_LAYOUT = np.array([[0.22, 0.42], [0.39, 0.42], [0.61, 0.42], [0.78, 0.42], [0.5, 0.42], [0.5, 0.47], [0.5, 0.55],
                    [0.5, 0.61], [0.5, 0.68], [0.5, 0.66], [0.09, 0.43], [0.91, 0.43]])  # fmt: skip
# Points that speech and expression leave alone: eye corners, nose, forehead, temples, ears.
_FIXED = STABLE + (10, 67, 297, 109, 338, 54, 284, 98, 327, 234, 454, 116, 345, 48, 278)
MOST_YAW = 0.6  # radians; a turned face looks like nobody in particular


@dataclass(slots=True, eq=False)
class Looks:
    """Sums of what one stretch of frames showed of a face."""

    picture: NDArray[np.float64] = field(default_factory=lambda: np.zeros((SIZE, SIZE, 3)))
    shape: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(_FIXED), 3)))
    count: int = 0

    def add(self, crop: NDArray[np.uint8], points_in_crop: Points) -> None:
        """Take in one frame: the mesh's crop and the points in its pixels."""
        matrix = similarity(points_in_crop[STABLE, :2], _LAYOUT * SIZE)
        # The crop is larger than the levelled picture: shrinking without averaging would make noise of hair and skin.
        smooth = cv2.blur(crop, (5, 5))
        self.picture += cv2.warpAffine(smooth, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
        fixed = points_in_crop[list(_FIXED)]
        self.shape += (fixed - fixed.mean(0)) / iod(points_in_crop)
        self.count += 1

    def joined(self, other: Looks) -> Looks:
        """Both together."""
        return Looks(self.picture + other.picture, self.shape + other.shape, self.count + other.count)


def likeness(a: Looks, b: Looks) -> float:
    """About 0.75 and more for one person under like light, under 0.6 for two; 0 where either was never seen well."""
    if not a.count or not b.count:
        return 0.0
    pictures = a.picture / a.count, b.picture / b.count
    layout = float(np.mean([_correlation(_luma(p)[0], _luma(q)[0]) for p, q in [pictures]]))
    colour = float(np.exp(-np.linalg.norm(_tone(pictures[0]) - _tone(pictures[1])) / 0.08))
    distance = np.linalg.norm(a.shape / a.count - b.shape / b.count, axis=1).mean()
    return 0.5 * layout + 0.25 * colour + 0.25 * float(np.exp(-distance / 0.06))


def _luma(picture: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Luma of the upper face with slow shading taken off, and the shading."""
    luma = picture.mean(2).astype(np.float32)
    shade = cv2.GaussianBlur(luma, (0, 0), SIZE / 5)
    upper = np.s_[: int(SIZE * 0.72), :]
    return (luma - shade)[upper], shade[upper]


def _tone(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chroma of skin (cheeks, nose) and of what frames the face (forehead and sides), free of brightness."""
    places = (np.s_[16:22, 8:24], np.s_[0:6, 4:28])
    means = np.array([picture[p].reshape(-1, 3).mean(0) for p in places])
    return np.asarray((means / np.maximum(means.sum(1, keepdims=True), 1.0)).ravel())


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-9))
