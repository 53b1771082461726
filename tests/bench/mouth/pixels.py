"""Masks on a face, and what can be said of the pixels in and around them. Images are uint8 RGB (H, W, 3)."""

from __future__ import annotations

import cv2
import numpy as np

from lipwright.faces.geometry import CHEEKS, JAW, LIPS, iod


def hull_mask(shape: tuple[int, ...], points: np.ndarray, grow: float) -> np.ndarray:
    """bool (H, W): the points' convex hull grown by `grow` pixels."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(points).astype(np.int32)), 255)
    r = max(1, round(grow))
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))) > 0


def mouth_mask(shape: tuple[int, ...], points: np.ndarray) -> np.ndarray:
    """Lips grown by 0.12 IOD: where PSNR, SSIM and sharpness are taken."""
    return hull_mask(shape, points[list(LIPS), :2], 0.12 * iod(points))


def edit_mask(shape: tuple[int, ...], points: np.ndarray, grow: float = 0.15) -> np.ndarray:
    """Lower face (lips, jaw line, nose base, cheeks) grown by 0.15 IOD: where an engine may paint."""
    return hull_mask(shape, points[list(LIPS + JAW + CHEEKS), :2], grow * iod(points))


def luma(rgb: np.ndarray) -> np.ndarray:
    """float32 (H, W)."""
    return rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def psnr(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """10 log10(255^2 / MSE) over the mask, 100 dB for equal pixels. For self-reenactment only; rewards blur, so read it
    with the sharpness ratio."""
    error = float(((a[mask].astype(np.float32) - b[mask].astype(np.float32)) ** 2).mean())
    return min(100.0, 10 * np.log10(255**2 / max(error, 1e-6)))


def ssim(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Structural similarity of luma (11 x 11 Gaussian, sigma 1.5), mean over the mask. Self-reenactment only."""

    def blur(image: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    x, y = luma(a), luma(b)
    mx, my = blur(x), blur(y)
    vx, vy, cxy = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = 6.5025, 58.5225
    s = (2 * mx * my + c1) * (2 * cxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(s[mask].mean())


def sharpness(rgb: np.ndarray, mask: np.ndarray) -> float:
    """Variance of the luma Laplacian inside the mask, native resolution."""
    return float(cv2.Laplacian(luma(rgb), cv2.CV_32F, ksize=3)[mask].var())


def seam_energy(source: np.ndarray, take: np.ndarray, band: np.ndarray, away: np.ndarray) -> float:
    """Extra gradient along an edge, grey levels a pixel: the mean over the band of (|grad take| - |grad source|), less
    the same over untouched surroundings, so that a codec's loss does not count. A hard paste gives over 1."""

    def gradient(image: np.ndarray) -> np.ndarray:
        y = luma(image)
        return cv2.magnitude(cv2.Sobel(y, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(y, cv2.CV_32F, 0, 1, scale=0.25))

    change = gradient(take) - gradient(source)
    rest = float(change[away].mean()) if away.any() else 0.0
    return float(change[band].mean()) - rest if band.any() else 0.0


def edge_band(mask: np.ndarray, r: int = 2) -> np.ndarray:
    """bool (H, W): within r pixels of the mask's edge."""
    kernel = np.ones((2 * r + 1, 2 * r + 1), np.uint8)
    m = mask.astype(np.uint8)
    return (cv2.dilate(m, kernel) > 0) & (cv2.erode(m, kernel) == 0)


def changed_region(source: np.ndarray, take: np.ndarray, noise: float) -> np.ndarray:
    """bool (H, W): where the take was painted: blurred difference over 3 levels and twice the codec's noise."""
    d = cv2.GaussianBlur(np.abs(source.astype(np.float32) - take.astype(np.float32)).max(2), (0, 0), 1.0)
    return cv2.morphologyEx((d > 3 + 2 * noise).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0
