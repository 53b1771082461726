"""Mouths seen from the other side: mirrored ones, for heads that turn where the footage never did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import CHIN, JAW, Floats
from lipwright.mouths.face.warp import Picture, Shape
from lipwright.mouths.footage.bank import Bank, picked, together

FAR = 0.10  # of the nose's direction (6 degrees): a mouth turned so much differently is looked for mirrored
NEARER = 0.6  # and taken where it is turned less differently than this share
_LOOKED = 300  # frames that are looked at; heads turn slowly
MOST_LIGHT = 25.0  # grey levels between its cheeks' light and the frame's; lit from the other side it would be seen

_ROUND = [10 - k for k in range(11)] + [30 - k for k in range(11, 20)]
_LIPS = np.array([*_ROUND, *(20 + k for k in _ROUND)])
_CHIN = len(JAW) + np.array([0, 1, 3, 2, 4, 5])
_RIM = len(JAW) + len(CHIN) + np.arange(16).reshape(8, 2)[:, ::-1].ravel()
_NOSE = len(JAW) + len(CHIN) + 16 + np.array([0, 2, 1, 3, 5, 4])
_ANCHORS = np.concatenate([np.arange(len(JAW))[::-1], _CHIN, _RIM, _NOSE])


def mirrored(bank: Bank) -> Bank:
    """The same mouths, left for right; they follow each other as before."""
    pictures = [_flipped(picture, shape) for picture, shape in zip(bank.pictures, bank.shapes, strict=True)]
    return replace(
        bank,
        pictures=tuple(p for p, _ in pictures),
        shapes=tuple(s for _, s in pictures),
        lips=bank.lips[:, _LIPS] * (-1.0, 1.0, 1.0),
        pose=bank.pose * (-1.0, 1.0, -1.0),
        light=bank.light[:, [1, 0, 2, 3]],
        sources=tuple(f"{name}, mirrored" for name in bank.sources),
    )


def _flipped(picture: Picture, shape: Shape) -> tuple[Picture, Shape]:
    last = picture.shape[1] - 1

    def turned(points: Floats) -> Floats:
        return np.stack([last - points[:, 0], points[:, 1]], 1)

    return np.ascontiguousarray(picture[:, ::-1]), Shape(turned(shape.lips)[_LIPS], turned(shape.anchors)[_ANCHORS])


def with_mirrored(bank: Bank, pose: Floats, light: Floats) -> Bank:
    """The bank, and mirrored those of its mouths that come nearer to some frame's pose (F, 3) in like light (F, 4, 3).

    Nothing is added where the bank's own mouths are turned like the frames: a mirrored face is not quite its own.
    Banks of GRID clips turned over, which only look the other way: 27.8 to 32.3 and 26.8 to 28.6 dB where this acts.
    """
    wanted = np.flatnonzero(_needed(bank.pose[:, 0], pose[:, 0]))
    if not len(wanted):
        return bank
    wanted = wanted[np.linspace(0, len(wanted) - 1, min(len(wanted), _LOOKED)).astype(int)]
    apart = np.abs(pose[wanted, 0][:, None] + bank.pose[None, :, 0])  # a mirrored mouth is turned the other way
    lit = np.abs(light[wanted][:, None].mean(-1) - bank.light[None, :, [1, 0, 2, 3]].mean(-1)).max(-1) <= MOST_LIGHT
    near = np.abs(pose[wanted, 0][:, None] - bank.pose[None, :, 0]).min(1)
    use = np.flatnonzero(((apart <= NEARER * near[:, None]) & lit).any(0))
    return together(bank, mirrored(picked(bank, use))) if len(use) else bank


def _needed(have: Floats, want: Floats) -> NDArray[np.bool_]:
    """Frames (F,) that are turned further from all mouths than FAR; frames without a face are not."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(want[:, None] - have[None]).min(1) > FAR)
