"""What is fitted to the samples of a hand: a change of the network's last layer, small where the hand says nothing.

The network stays as it is. To its logits is added a linear function of its second-last layer, fitted by regularised
multinomial logistic regression to the samples and to a few warps of each (Bohning 1992's bound on the Hessian, with
Nesterov's momentum). What keeps it from forgetting is the penalty: the mean square by which it changes the logits of
what livedigits has been taught, whose second moments come with the network (digits.npz). A sample that lies among
samples of another label counts little: one wrong correction spoils nothing.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.profiles.samples import Samples
from livedigits.profiles.variants import seen
from livedigits.recognition.classifier import Classifier
from livedigits.types import CLASSES

# Chosen on the labels of found crops (hand_material) of ten writers whom the network had not seen: of five for the
# shipped one, of five for one that was trained without them. `python -m livedigits.training.evaluation.hands` measures.

# Penalty on the mean square change of a logit, against the loss of one sample. Less learns faster, and forgets more.
PENALTY = 0.3
# Logarithm of odds: a network that is surer of another label counts as if it were no surer than that. More lets a
# single sample overrule a network that is quite sure, less needs several that speak alike: with 5, one correction of a
# drawing taught 46 % of the same form in pictures, with 7 91 %, and no hand got worse beyond chance.
BOLDEST = 7.0
# Cosine of two samples' features from which on they are alike, and how fast that fades. Of two digits of one hand and
# kind the nearest have 0.9, of different kinds at most 0.7.
ALIKE, FADES = 0.72, 0.05
# By how much more, as the logarithm, alike samples may say another label than the same before a sample counts less,
# and how much less then. A digit that looks like another of the same hand has about even; a wrong label has 5 less.
SLACK, STEEP, ROUNDS = 0.5, 4.0, 5
# Of the fit: more change nothing that was measured. Chosen by trying, and not swept.
STEPS = 60
PART = 160  # rows
# Least probability that counts, so that its logarithm is finite.
LEAST = 1e-6
DOUBTED = 0.2
"""Trust below which people are told that a sample may be labelled wrongly."""


@dataclass(frozen=True, eq=False)
class HandHead:
    """The change of the last layer for one hand, for one network.

    Attributes
    ----------
    network : digest of the network that it was fitted for
    weights : (k + 1, 11) float32: logits by feature, the last row constant
    trust : (n,) float32 0..1, how much each sample counted: what is near 0 was probably labelled wrongly
    """

    network: str
    weights: np.ndarray
    trust: np.ndarray

    def __call__(self, features: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities (n, 11) float32 with what was learned, from features (n, k) and probabilities (n, 11)."""
        logits = np.log(np.maximum(probabilities, LEAST)) + features @ self.weights[:-1] + self.weights[-1]
        return _softmax(logits).astype(np.float32)

    @property
    def digest(self) -> str:
        """Tells it from any other that reads otherwise."""
        return hashlib.sha256(self.network.encode() + self.weights.tobytes()).hexdigest()

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As a file holds it."""
        return {"weights": self.weights, "trust": self.trust}

    @staticmethod
    def from_arrays(network: str, arrays: dict[str, np.ndarray]) -> HandHead:
        """From what a file holds; KeyError or ValueError where it does not."""
        weights, trust = arrays["weights"], arrays["trust"]
        if weights.ndim != 2 or weights.shape[1] != CLASSES or trust.ndim != 1:
            raise ValueError(f"weights are {weights.shape} and trust is {trust.shape}")
        return HandHead(network, weights.astype(np.float32), trust.astype(np.float32))


def fit(samples: Samples, classifier: Classifier) -> HandHead:
    """The head for these samples, of which there is at least one.

    Raises
    ------
    LivedigitsError: the network does not give its second-last layer, or has no moments beside it
    """
    moments = learning(classifier)
    n, labels = len(samples), samples.labels.astype(np.int64)
    (probabilities, features), copies = seen(samples.crops, classifier)
    trust = trusted(features[:n], labels)
    weight = np.tile(trust / (copies + 1), copies + 1)
    weights = _fitted(features, probabilities, np.tile(labels, copies + 1), weight, moments)
    return HandHead(classifier.digest, weights.astype(np.float32), trust.astype(np.float32))


def learning(classifier: Classifier) -> np.ndarray:
    """What a network needs to be learned beside: the second moments of its features, (k + 1, k + 1) float64.

    Raises
    ------
    LivedigitsError: it does not give its second-last layer, or has no moments beside it
    """
    path = classifier.path.with_suffix(".npz")
    moments = _moments(path) if classifier.features else None
    if moments is None or moments.shape != (classifier.features + 1,) * 2:
        raise LivedigitsError(
            f"{classifier.path} cannot learn a hand: it gives no second-last layer, or {path.name} is not beside it"
        )
    return moments


@functools.lru_cache(maxsize=4)
def _moments(path: Path) -> np.ndarray | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return np.asarray(file["moments"], np.float64)
    except (OSError, ValueError, KeyError):
        return None


def trusted(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How much each sample counts, (n,) 0..1: less where samples like it have another label than it has.

    Each is asked about by the others, those that count little counting little there, too. A sample that is like no
    other counts fully: there is nothing to say against it.

    Parameters
    ----------
    features : (n, k) float32; labels : (n,) int64
    """
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    alike = unit @ unit.T
    alike -= ALIKE
    alike /= FADES
    np.exp(alike, out=alike)
    np.fill_diagonal(alike, 0)
    trust, rows, one_hot = np.ones(len(labels)), np.arange(len(labels)), np.eye(CLASSES, dtype=np.float32)[labels]
    for _ in range(ROUNDS):
        votes = (alike @ (one_hot * trust[:, None].astype(np.float32))).astype(np.float64)
        own = votes[rows, labels].copy()
        votes[rows, labels] = 0
        trust = np.minimum(np.exp(STEEP * (np.log((own + 1) / (votes.max(1) + 1)) + SLACK)), 1)
    return trust


def _fitted(
    features: np.ndarray, probabilities: np.ndarray, labels: np.ndarray, weight: np.ndarray, moments: np.ndarray
) -> np.ndarray:
    """Weights (k + 1, 11); rows are samples and their warps, each of this weight (n,), moments (k + 1, k + 1)."""
    inputs = np.concatenate([features, np.ones((len(features), 1))], 1, dtype=np.float64)
    logits, wanted = np.log(np.maximum(probabilities, LEAST)), np.eye(CLASSES)[labels]
    logits = np.maximum(logits, logits.max(1, keepdims=True) - BOLDEST)
    weight = weight[:, None]
    penalty = PENALTY * moments
    step = np.linalg.inv(0.5 * (inputs * weight).T @ inputs + penalty)
    inputs, logits, wanted, weight = (_in_parts(rows) for rows in (inputs, logits, wanted, weight))
    across = inputs.transpose(0, 2, 1)
    weights = ahead = np.zeros((inputs.shape[2], CLASSES))
    momentum = 1.0
    for _ in range(STEPS):
        slope = (across @ (weight * (_softmax(logits + inputs @ ahead) - wanted))).sum(0) + penalty @ ahead
        new = ahead - step @ slope
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new + (momentum - 1) / following * (new - weights)
        weights, momentum = new, following
    return weights


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _in_parts(rows: np.ndarray) -> np.ndarray:
    """Rows (n, k) as (parts, PART, k), the last part filled up with 0.

    A product of a part is too small for OpenBLAS to share it among threads, which on a busy machine wait for each other
    twenty times longer than they work.
    """
    filled = np.zeros((-(-len(rows) // PART) * PART, rows.shape[1]))
    filled[: len(rows)] = rows
    return filled.reshape(-1, PART, rows.shape[1])
