"""A trained network -> a wider one that computes the same (Net2Net: Chen et al. 2016, arXiv 1511.05641)."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers

from livedigits.errors import LivedigitsError

NOISE = 0.02  # of a layer's deviation: copies of one filter would learn the same


def loaded(path: Path) -> keras.Model:
    """The network of a .keras file, not compiled.

    Raises
    ------
    LivedigitsError: it cannot be loaded: cut short, none, or with code of its own (a Lambda layer), which is not run
    """
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # of almost any type
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise LivedigitsError(
            f"cannot start from {path}: it is damaged, or no network that is loaded ({reason})"
        ) from None


def widen(narrow: keras.Model, wide: keras.Model, seed: int) -> None:
    """Sets the weights of `wide`, in place: new filters are copies of old ones, and their readers share the sum.

    Parameters
    ----------
    narrow, wide : chains of the same layers (convolutions, batch normalisation, dense), the second with as many
        filters in each or more; of one width, the weights are the same

    Raises
    ------
    LivedigitsError: they have other layers, or `wide` is narrower somewhere
    """
    rng = np.random.default_rng(seed)
    olds, news = ([layer for layer in model.layers if layer.weights] for model in (narrow, wide))
    if [type(layer) for layer in olds] != [type(layer) for layer in news]:
        raise LivedigitsError(f"cannot start from {narrow.name}: it has other layers than {wide.name}")
    source = np.arange(narrow.input_shape[-1])  # the old channel that each new one copies
    for old, new in zip(olds, news, strict=True):
        if isinstance(old, layers.BatchNormalization):
            new.set_weights([w[source] for w in old.get_weights()])
            continue
        kernel, *bias = old.get_weights()
        wanted = new.get_weights()[0].shape
        channels = int(source.max()) + 1
        # A dense layer after a picture reads all its places: (places x channels, filters).
        kernel = kernel.reshape(*kernel.shape[:-2], -1, channels, kernel.shape[-1])
        shared = kernel[..., source, :] / np.bincount(source)[source][:, None]
        filters = kernel.shape[-1]
        if wanted[-1] < filters:
            raise LivedigitsError(f"cannot start from {narrow.name}: it is wider than {wide.name} at {new.name}")
        source = np.concatenate([np.arange(filters), rng.integers(filters, size=wanted[-1] - filters)])
        widened = shared[..., source].reshape(wanted)
        if widened.size > kernel.size:
            widened = widened + rng.normal(0, NOISE * float(widened.std()), wanted)
        new.set_weights([widened.astype(np.float32), *(b[source] for b in bias)])
