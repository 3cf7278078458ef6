"""After training: probabilities that mean what they say, and the scores for the model card."""

from __future__ import annotations

import keras
import numpy as np

from livedigits.recognition.crop import from_mnist
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.harvest import Crops
from livedigits.training.model.fit import Validation
from livedigits.types import NO_DIGIT

TEMPERATURES = np.geomspace(0.5, 2.0, 61)
"""That are compared: steps of 2.3 %, finer than the validation loss can tell."""


def inputs(digits: Digits28, crops: list[Crops], channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits without a page and crops together: (n, 28, 28, channels) float32 and labels (n,) int64."""
    images = [from_mnist(digits.images), *(c.images.astype(np.float32) / 255 for c in crops)]
    labels = [digits.labels, *(c.labels for c in crops)]
    return np.concatenate(images)[..., :channels], np.concatenate(labels).astype(np.int64)


def temper(model: keras.Model, validation: Validation) -> float:
    """Divides the logits by the temperature of least validation loss (Guo et al. 2017), in the last layer's weights."""
    known = validation.labels < model.output_shape[-1]  # of ten classes, none is "no digit"
    labels = validation.labels[known]
    logits = np.log(np.maximum(model.predict(validation.inputs[known], batch_size=1024, verbose=0), 1e-9))
    rows = np.arange(len(logits))
    losses = []
    for temperature in TEMPERATURES:
        scaled = logits / temperature
        scaled -= scaled.max(1, keepdims=True)
        losses.append(-(scaled[rows, labels] - np.log(np.exp(scaled).sum(1))).mean())
    best = float(TEMPERATURES[int(np.argmin(losses))])
    last = model.layers[-1]
    last.set_weights([w / best for w in last.get_weights()])
    return round(best, 4)


def scores(model: keras.Model, validation: Validation, test: Digits28) -> dict[str, float]:
    """Accuracy on MNIST's test half, which nothing was chosen by, and on the validation crops."""
    channels = model.input_shape[-1]
    read = model.predict(from_mnist(test.images)[..., :channels], batch_size=1024, verbose=0)
    seen = model.predict(validation.inputs, batch_size=1024, verbose=0)
    digit = validation.labels < NO_DIGIT
    return {
        "mnist_test": round(float((read[:, :NO_DIGIT].argmax(1) == test.labels).mean()), 4),
        "validation": round(float((seen.argmax(1) == validation.labels).mean()), 4),
        "validation_digits": round(float((seen[digit][:, :NO_DIGIT].argmax(1) == validation.labels[digit]).mean()), 4),
    }
