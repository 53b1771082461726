"""The 478 points of one face, from a small crop that is cut straight from the picture's planes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import Picture
from lipwright.faces.geometry import LEFT_IRIS, RIGHT_IRIS, Points, Region, applied, inverted

SIZE = 192
COUNT = 478
LEAST_SCORE = 0.5  # under this the network itself says that it sees no face


class Mesh:
    """The attention mesh. `points` gives float64 (478, 3) pixels of the picture, a score, and the crop it saw."""

    def __init__(self) -> None:
        self._session: Any = models.session("face_mesh")
        self._outputs = [output.name for output in self._session.get_outputs()]
        meta = self._session.get_modelmeta().custom_metadata_map
        self._parts = {name: json.loads(meta[f"{name}_index"]) for name in self._outputs if f"{name}_index" in meta}

    def points(self, picture: Picture, region: Region) -> tuple[Points, float, NDArray[np.uint8]]:
        """Where the face's points are, if it is a face: judge by the score (0..1) against LEAST_SCORE."""
        matrix = region.matrix(SIZE)
        crop = picture.sample(matrix, (SIZE, SIZE))
        image = crop[None].astype(np.float32) * np.float32(1 / 255)
        out = dict(zip(self._outputs, self._session.run(None, {"image": image}), strict=True))
        points = np.zeros((COUNT, 3))
        points[:468] = out["mesh"][0]
        for name, index in self._parts.items():
            points[index, :2] = out[name][0]
        # The network gives irises no depth: that of the eye's corners is near enough.
        points[RIGHT_IRIS, 2] = points[[33, 133], 2].mean()
        points[LEFT_IRIS, 2] = points[[362, 263], 2].mean()
        points[:, :2] = applied(inverted(matrix), points[:, :2])
        points[:, 2] *= region.side / SIZE
        return points, float(1 / (1 + np.exp(-float(out["flag"][0, 0])))), crop
