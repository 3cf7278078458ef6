"""Pictures on which somebody drew a digit, in a paint program or on a web page: there is no clutter to doubt."""

from __future__ import annotations

import numpy as np

from livedigits.types import NO_DIGIT

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Share of the pixels within NEAR grey levels of the commonest one: no camera sees paper so even. Less takes photos of
# screens for drawings, more misses drawings with much ink.
FLAT = 0.55
# Grey levels: how much the ground of a drawing may vary, by JPEG's blocks. More takes blurred photos for drawings.
NEAR = 2
# Regions on flat ground: more are a page of writing, not a drawing.
MOST_REGIONS = 24
# How much likelier a region on flat ground is a digit, as odds: somebody has drawn it. More reads doodles as digits.
DRAWN = 10.0
# px: pictures are thinned out to about this size before grey levels are counted. More takes longer and says the same.
COUNTED = 400


def ink_is_light(image: np.ndarray) -> bool | None:
    """Whether a drawing is light on dark; None for what is not a drawing: its ground is not of one colour.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
    """
    grey = image[..., 1] if image.ndim == 3 else image
    grey = grey[:: max(1, grey.shape[0] // COUNTED), :: max(1, grey.shape[1] // COUNTED)]
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
