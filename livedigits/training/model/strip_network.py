"""The strip network: where digits are in a window of writing, which they are, how far their sides lie.

A fully convolutional network of an encoder and a decoder that answers for each cell of 4x4 px, as CenterNet does (Zhou
et al. 2019, arXiv 1904.07850).
"""

from __future__ import annotations

import keras
from keras import layers, ops

from livedigits.recognition.strips import CHANNELS, HEIGHT, WIDTH

FILTERS = (16, 24, 40, 64, 96, 40)
FOCUS, AWAY = 2.0, 4.0  # powers of CenterNet's focal loss


def build(filters: tuple[int, ...] = FILTERS) -> keras.Model:
    """Input (n, 64, 96, 1) float32 in 0..1, 0.5 for paper; output (n, 16, 24, 15) float32 logits and distances."""
    stem, half, quarter, eighth, deep, head = filters
    pixels = layers.Input((HEIGHT, WIDTH, 1))
    x = layers.Rescaling(2.0, offset=-1.0)(pixels)
    x = _conv(x, stem, 2)
    x = _conv(x, half, 2)
    fine = _conv(x, quarter)
    x = _conv(fine, eighth, 2)
    x = _conv(x, eighth)
    middle = _conv(x, eighth)
    x = _conv(middle, deep, 2)
    x = _conv(x, deep)
    x = _conv(x, deep)
    x = layers.UpSampling2D()(_conv(x, eighth, size=1))
    x = _conv(layers.Add()([x, middle]), eighth)
    x = layers.UpSampling2D()(_conv(x, quarter, size=1))
    x = _conv(layers.Add()([x, fine]), head)
    x = _conv(x, head)
    bias = keras.initializers.Constant([-3.0] + [0.0] * 10 + [0.4] * 4)
    return keras.Model(pixels, layers.Conv2D(CHANNELS, 1, bias_initializer=bias)(x), name="strips")


def _conv(x: keras.KerasTensor, filters: int, stride: int = 1, size: int = 3) -> keras.KerasTensor:
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.98)(x)
    return layers.ReLU()(x)


def loss(wanted: keras.KerasTensor, given: keras.KerasTensor) -> keras.KerasTensor:
    """Focal loss of objectness, cross entropy of labels, absolute error of sides; by `dataset.strips.targets`."""
    bell, weight = wanted[..., 0], wanted[..., 1]
    known = ops.cast(bell >= 0, "float32")
    bell = ops.maximum(bell, 0.0)
    chance = ops.clip(ops.sigmoid(given[..., 0]), 1e-5, 1 - 1e-5)
    centre = ops.cast(bell > 0.999, "float32")
    hit = centre * (1 - chance) ** FOCUS * ops.log(chance)
    miss = (1 - centre) * (1 - bell) ** AWAY * chance**FOCUS * ops.log(1 - chance) * known
    count = ops.maximum(ops.sum(centre), 1.0)
    objectness = -(ops.sum(hit) + ops.sum(miss)) / count
    total = ops.maximum(ops.sum(weight), 1.0)
    labels = ops.one_hot(ops.cast(wanted[..., 2], "int32"), 10) * 0.98 + 0.002
    entropy = -ops.sum(labels * ops.log_softmax(given[..., 1:11], axis=-1), -1)
    sides = ops.mean(ops.abs(given[..., 11:] - wanted[..., 3:]), -1)
    return objectness + ops.sum(entropy * weight) / total + 2.0 * ops.sum(sides * weight) / total
