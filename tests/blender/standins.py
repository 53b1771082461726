"""Characters made of numbers: a head with lips, eyelids, brows and a tongue, whose shapes do what is known. No bpy.

Face space: x to the performer's left, y from front to back, z up; the head is two units high. Lips and lids are slits:
an upper and a lower edge that lie on each other at rest.
"""

from dataclasses import dataclass

import numpy as np

MOUTH_Z, MOUTH_WIDE = -0.4, 0.3
EYE_X, EYE_Z, EYE_WIDE = 0.35, 0.3, 0.14


@dataclass
class Head:
    """`rest`, `normals` (N, 3), `faces` (quads of vertices), and `upper`: -1 below the mouth, 1 above, 0 aside."""

    rest: np.ndarray
    normals: np.ndarray
    faces: list
    lip: np.ndarray
    lid: np.ndarray
    tongue: np.ndarray


def head(rows=81, columns=120) -> Head:
    """A ball, cut open along the mouth and both eyes, and a tongue behind the mouth."""
    z = np.linspace(-0.98, 0.98, rows)
    angle = np.linspace(-np.pi, np.pi, columns, endpoint=False)
    grid_z, grid_a = np.meshgrid(z, angle, indexing="ij")
    radius = np.sqrt(1.0 - grid_z**2)
    points = np.stack([radius * np.sin(grid_a), -radius * np.cos(grid_a), grid_z], axis=-1).reshape(-1, 3)
    index = np.arange(len(points)).reshape(rows, columns)
    faces = [(index[r, c], index[r, (c + 1) % columns], index[r + 1, (c + 1) % columns], index[r + 1, c])
             for r in range(rows - 1) for c in range(columns)]  # fmt: skip
    front = points[:, 1] < 0.0
    slits = [(0.0, MOUTH_Z, MOUTH_WIDE), (EYE_X, EYE_Z, EYE_WIDE), (-EYE_X, EYE_Z, EYE_WIDE)]
    lip, lid = np.zeros(len(points), int), np.zeros(len(points), int)
    rest = list(points)
    for number, (x, height, wide) in enumerate(slits):
        row = int(np.argmin(np.abs(z - height)))
        cut = [i for i in index[row] if front[i] and abs(points[i, 0] - x) < wide]
        new = {i: len(rest) + k for k, i in enumerate(cut)}
        rest += [points[i] for i in cut]
        edge = np.zeros(len(cut), int)
        lip, lid = np.concatenate([lip, edge]), np.concatenate([lid, edge])
        marks = lip if number == 0 else lid
        marks[cut], marks[list(new.values())] = 1, -1
        faces = [tuple(new.get(i, i) for i in face) if max(points[j % len(points), 2] if j < len(points) else -9
                 for j in face) <= points[cut[0], 2] + 1e-9 else face for face in faces]  # fmt: skip
    tongue = np.array([[x, -0.7 + d, MOUTH_Z - 0.03] for x in np.linspace(-0.1, 0.1, 5) for d in (0.0, 0.1, 0.2)])
    rest = np.concatenate([np.array(rest), tongue])
    pad = np.zeros(len(tongue), int)
    lip, lid = np.concatenate([lip, pad]), np.concatenate([lid, pad])
    is_tongue = np.arange(len(rest)) >= len(rest) - len(tongue)
    normals = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    return Head(rest, normals, faces, lip, lid, is_tongue)


def _near(made, x, z, size):
    front = made.rest[:, 1] < 0.0
    return np.exp(-(((made.rest[:, 0] - x) / size) ** 2) - ((made.rest[:, 2] - z) / size) ** 2) * front * ~made.tongue


def _below(made):
    """How far each vertex goes with the jaw: the whole way at the lower lip, more and more aside of it and below."""
    height = made.rest[:, 2]
    within = np.clip((MOUTH_WIDE - np.abs(made.rest[:, 0])) / 0.1, 0.0, 1.0)
    below = np.where((height < MOUTH_Z - 0.02) | (made.lip < 0), 1.0, 0.0)
    return below * np.maximum(within, np.clip((MOUTH_Z - height) / 0.4, 0.0, 1.0))


def movements(made) -> dict:
    """name -> offsets (N, 3) in face space: each does one known thing."""
    zero = np.zeros_like(made.rest)
    jaw = np.exp(-((made.rest[:, 0] / 0.5) ** 2)) * _below(made) * (made.rest[:, 1] < 0.2)
    lips = _near(made, 0.0, MOUTH_Z, 0.25)
    found = {name: zero.copy() for name in ("open", "wide", "round", "close", "bite", "blink", "wink", "brow", "smile",
                                            "frown", "tongue", "cheeks")}  # fmt: skip
    found["open"][:, 2] = -0.3 * jaw
    found["open"][made.tongue, 2] = -0.2
    found["wide"][:, 0] = 0.25 * lips * made.rest[:, 0]
    found["round"][:, 0] = -0.5 * lips * made.rest[:, 0]
    found["round"][:, 1] = -0.08 * lips
    found["close"][:, 1] = 0.02 * lips
    found["bite"][:, 2] = 0.04 * lips * _below(made)
    found["bite"][:, 1] = 0.05 * lips * _below(made)
    for side, name in ((1.0, "blink"), (-1.0, "blink"), (1.0, "wink")):
        lid = _near(made, side * EYE_X, EYE_Z, 0.16) * ((made.rest[:, 2] > EYE_Z - 0.02) & (made.lid >= 0))
        found[name][:, 2] -= 0.35 * lid
    found["brow"][:, 2] = -0.12 * (_near(made, EYE_X, 0.6, 0.25) + _near(made, -EYE_X, 0.6, 0.25))
    for name, up in (("smile", 1.0), ("frown", -1.0)):
        for side in (-1.0, 1.0):
            found[name][:, 2] += 0.1 * up * _near(made, side * MOUTH_WIDE, MOUTH_Z, 0.15)
            found[name][:, 0] += 0.06 * side * up * _near(made, side * MOUTH_WIDE, MOUTH_Z, 0.15)
    found["tongue"][made.tongue, 1] = -0.2
    found["cheeks"][:, 1] = -0.1 * (_near(made, 0.5, -0.2, 0.2) + _near(made, -0.5, -0.2, 0.2))
    return found


# What each viseme is made of on these heads, as an artist would sculpt it.
SCULPTED = {
    "sil": {}, "PP": {"close": 1.0}, "FF": {"bite": 1.0}, "TH": {"open": 0.2, "tongue": 0.6},
    "DD": {"open": 0.15, "wide": 0.1}, "kk": {"open": 0.25}, "CH": {"open": 0.1, "round": 0.5},
    "SS": {"open": 0.06, "wide": 0.5}, "nn": {"open": 0.13}, "RR": {"open": 0.15, "round": 0.4}, "aa": {"open": 1.0},
    "E": {"open": 0.6, "wide": 0.4}, "ih": {"open": 0.3, "wide": 0.8}, "oh": {"open": 0.55, "round": 0.6},
    "ou": {"open": 0.15, "round": 1.0},
}  # fmt: skip
DECOYS = ("blink", "wink", "brow", "smile", "frown", "tongue", "cheeks")


def mixed(made, parts) -> np.ndarray:
    """Offsets of a mix of movements."""
    moves = movements(made)
    return sum((share * moves[part] for part, share in parts.items()), np.zeros_like(made.rest))
