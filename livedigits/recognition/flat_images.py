"""Pictures on which somebody drew a digit, in a paint program or on a web page: there is no clutter to doubt."""

from __future__ import annotations

import numpy as np

from livedigits.types import NO_DIGIT

FLAT = 0.55  # share of the pixels within NEAR grey levels of the commonest one: no camera sees paper so even
NEAR = 2
MOST_REGIONS = 24  # more on flat ground are a page of writing, not a drawing
DRAWN = 10.0  # how much likelier a region on flat ground is a digit: somebody has drawn it


def ink_is_light(image: np.ndarray) -> bool | None:
    """Whether a drawing is light on dark; None for what is no drawing: its ground is not of one colour.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
    """
    grey = image[..., 1] if image.ndim == 3 else image
    grey = grey[:: max(1, grey.shape[0] // 400), :: max(1, grey.shape[1] // 400)]
    count = np.bincount(grey.ravel(), minlength=256)
    ground = int(count.argmax())
    count[max(0, ground - NEAR) : ground + NEAR + 1] = 0
    ink = int(count.sum())
    if ink > (1 - FLAT) * grey.size:
        return None
    return bool(count @ np.arange(256) > ink * ground)


def drawn(probabilities: np.ndarray) -> np.ndarray:
    """Probability (n,) that regions are digits in a drawing, from the network's (n, 11)."""
    odds = DRAWN * (1 - probabilities[:, NO_DIGIT])
    return odds / (odds + probabilities[:, NO_DIGIT])
