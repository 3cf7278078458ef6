"""Warps of crops while training: the hand, the pen and the lens, again and again a little different.

Geometry is done on both channels alike (the surroundings are seen from twice as far, so they move half as much);
the pen's width changes in the region and, for digits without a page around them, the surroundings are made anew.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.crop import SIZE, from_mnist

FIELDS = 256
"""Displacement fields, made once and drawn from: elastic warps after Simard et al. 2003. A few would repeat."""
# Standard deviations of the warps at full strength: more makes the network hold against bad hands and frames, until
# digits turn into others (`evaluate --report` shows warped samples). Not swept; why these was not written down.
_ROTATION = 0.16  # rad, 9 degrees
_SCALE = 0.10  # of the logarithm of each side's scale
_SHEAR = 0.12  # px along for a px down
_SHIFT = 0.9  # px


def elastic_fields(seed: int) -> np.ndarray:
    """Smooth displacement fields (FIELDS, 28, 28, 2) float32 of standard deviation 1 px."""
    noise = np.random.default_rng(seed).normal(0, 1, (FIELDS, SIZE, SIZE, 2)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(n, (0, 0), 5.0, borderType=cv2.BORDER_REFLECT) for n in noise])
    fields: np.ndarray = smooth / smooth.std()
    return fields


class Warp:
    """Random warps of crops.

    Parameters
    ----------
    rng : the same state gives the same warps
    fields : from `elastic_fields`, made once
    """

    def __init__(self, rng: np.random.Generator, fields: np.ndarray):
        self.rng, self.fields = rng, fields
        grid = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), -1).astype(np.float32)
        self.grid = grid - (SIZE - 1) / 2

    def crops(self, crops: np.ndarray, strength: float = 1.0) -> np.ndarray:
        """Crops of rendered or photographed marks, warped a little: they have met pen and lens already.

        Parameters
        ----------
        crops : (n, 28, 28, 2) uint8
        strength : 1 is the usual amount, 0 none

        Returns
        -------
        (n, 28, 28, 2) float32 in 0..1
        """
        out = np.empty(crops.shape, np.float32)
        for i, crop in enumerate(crops):
            field = self._field(0.5 * strength, 0.5 * strength)
            out[i, ..., 0] = cv2.remap(crop[..., 0], field, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
            centre = (SIZE - 1) / 2
            far = (field - self.grid - centre) / 2 + self.grid + centre
            out[i, ..., 1] = cv2.remap(crop[..., 1], far, None, cv2.INTER_LINEAR, borderValue=128)  # type: ignore[call-overload]
        return self._light(out / 255, strength)

    def drawn(self, images: np.ndarray) -> np.ndarray:
        """Digits without a page (MNIST and its like), warped in shape, pen width and blur, on blank paper.

        Parameters
        ----------
        images : (n, 28, 28) uint8, ink 255 on 0

        Returns
        -------
        (n, 28, 28, 2) float32 in 0..1
        """
        out = np.empty(images.shape, np.uint8)
        for i, (image, strength) in enumerate(zip(images, self.rng.uniform(0.3, 1, len(images)), strict=True)):
            warped = cv2.remap(image, self._field(strength, strength), None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
            out[i] = self._pen(warped)
        crops = from_mnist(out)
        return self._light(crops, 1.0)

    def _field(self, affine: float, elastic: float) -> np.ndarray:
        """(28, 28, 2) float32: where each pixel of the warped crop is taken from."""
        rng = self.rng
        angle, shear = rng.normal(0, _ROTATION * affine), rng.normal(0, _SHEAR * affine)
        scale_x, scale_y = np.exp(rng.normal(0, _SCALE * affine, 2))
        cos, sin = np.cos(angle), np.sin(angle)
        matrix = np.array([[cos * scale_x, -sin + shear], [sin, cos * scale_y]], np.float32)
        shift = rng.normal(0, _SHIFT * affine, 2).astype(np.float32)
        bend = self.fields[rng.integers(FIELDS)] * np.float32(elastic * rng.uniform(0, 0.9))
        return self.grid @ matrix.T + np.float32((SIZE - 1) / 2) + shift + bend

    def _pen(self, image: np.ndarray) -> np.ndarray:
        """A thinner or thicker pen: grey morphology at twice the size, so that half a px counts."""
        kind = self.rng.random()
        if kind < 0.55:
            return image
        large = cv2.resize(image, (2 * SIZE, 2 * SIZE), interpolation=cv2.INTER_CUBIC)
        if kind < 0.78:
            thin = cv2.erode(large, np.ones((2, 2) if kind < 0.67 else (3, 3), np.uint8))
            if thin.max() > 100:  # a stroke of one pixel would vanish
                large = thin
        else:
            large = cv2.dilate(large, np.ones((2, 2) if kind < 0.9 else (3, 3), np.uint8))
        return cv2.resize(large, (SIZE, SIZE), interpolation=cv2.INTER_AREA)

    def _light(self, crops: np.ndarray, strength: float) -> np.ndarray:
        """Contrast, gamma and noise, per crop."""
        rng, n = self.rng, len(crops)
        gamma = np.exp(rng.normal(0, 0.25 * strength, (n, 1, 1))).astype(np.float32)
        crops[..., 0] = np.clip(crops[..., 0], 0, 1) ** gamma
        contrast = np.exp(rng.normal(0, 0.15 * strength, (n, 1, 1))).astype(np.float32)
        crops[..., 1] = (crops[..., 1] - 0.5) * contrast + 0.5
        noise = rng.exponential(0.02 * strength, (n, 1, 1, 1)).astype(np.float32)
        crops += rng.standard_normal(crops.shape, np.float32) * noise
        return np.clip(crops, 0, 1)
