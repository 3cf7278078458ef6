"""The networks: the one that livedigits ships, and the tutorials' for comparison and teaching."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from livedigits.recognition.crop import SIZE
from livedigits.types import CLASSES


def reader(classes: int = CLASSES) -> keras.Model:
    """The shipped network: convolutions on the region and its surroundings, ten digits and "no digit".

    Input (n, 28, 28, 2) float32 in 0..1 as livedigits.recognition.crop makes it; output (n, classes) probabilities,
    11 or 10.
    Strided convolutions in place of pooling and batch normalisation after An et al. 2020 (arXiv 2008.10400);
    most multiplications lie where the picture is 14 and 7 px wide, which keeps a batch of 32 under 2 ms on one core.
    """
    pixels = layers.Input((SIZE, SIZE, 2))
    x = layers.Rescaling(2.0, offset=-1.0)(pixels)
    for filters, stride in ((16, 1), (40, 2), (40, 1), (64, 2), (64, 1), (96, 2)):
        x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    x = layers.Dense(128, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    return keras.Model(pixels, layers.Dense(classes, activation="softmax")(x), name="reader")


def mlp() -> keras.Model:
    """The tutorials' first network: two dense layers of 128."""
    return keras.Sequential(
        [
            layers.Input((SIZE, SIZE, 1)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name="mlp",
    )


def cnn(dropout: bool = False) -> keras.Model:
    """The tutorials' convolutional network: 32, 64 and 64 filters, a dense layer of 64; with or without dropout."""
    model = keras.Sequential(name="cnn-dropout" if dropout else "cnn")
    model.add(layers.Input((SIZE, SIZE, 1)))
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(64, 3, activation="relu"))
    model.add(layers.Flatten())
    if dropout:
        model.add(layers.Dropout(0.5))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


NETWORKS: dict[str, Callable[[], keras.Model]] = {
    "reader": reader,
    "reader of ten": lambda: reader(10),
    "mlp": mlp,
    "cnn": cnn,
    "cnn-dropout": lambda: cnn(dropout=True),
}


def build(name: str) -> keras.Model:
    """A new network by its name in NETWORKS, with random weights."""
    return NETWORKS[name]()
