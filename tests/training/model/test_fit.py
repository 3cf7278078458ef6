"""What a network learns, and from which weights it starts."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.types import NO_DIGIT

pytestmark = pytest.mark.usefixtures("keras")


def test_a_widened_network_computes_the_same(monkeypatch):
    import keras

    from livedigits.training.model import widen

    def network(filters, dense):
        layers = keras.layers
        return keras.Sequential(
            [
                layers.Input((8, 8, 2)),
                layers.Conv2D(filters, 3, use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Conv2D(2 * filters, 3),
                layers.Flatten(),
                layers.Dense(dense),
                layers.Dense(3, activation="softmax"),
            ]
        )

    monkeypatch.setattr(widen, "NOISE", 0.0)
    narrow, wide = network(4, 5), network(7, 9)
    inputs = np.random.default_rng(0).random((50, 8, 8, 2), np.float32)
    narrow.compile(optimizer="sgd", loss="mse")
    narrow.fit(inputs, np.eye(3)[np.arange(50) % 3], verbose=0)  # so that the normalisation does something
    widen.widen(narrow, wide, seed=1)
    assert np.allclose(narrow.predict(inputs, verbose=0), wide.predict(inputs, verbose=0), atol=1e-5)


@pytest.mark.parametrize(("refusing", "classes"), [("class", 11), ("uniform", 10), ("both", 11)])
def test_what_a_network_learns_for_a_mark_that_is_no_digit(refusing, classes):
    from livedigits.training.model.fit import Config, targets

    wanted = targets(Config(refusing=refusing))
    assert wanted.shape == (11, classes)
    assert np.allclose(wanted.sum(1), 1, atol=1e-5)
    assert (wanted[:10].argmax(1) == np.arange(10)).all()
    digits = wanted[NO_DIGIT, :10]
    assert np.allclose(digits, digits[0])
    assert digits[0] == pytest.approx({"class": 0.002, "uniform": 0.1, "both": 0.05}[refusing], abs=2e-3)
