"""Logistic regression by Newton's method, for the two small models before and after the network."""

from __future__ import annotations

import numpy as np

STEPS = 30


def fit(inputs: np.ndarray, wanted: np.ndarray, ridge: float, importance: np.ndarray | None = None) -> np.ndarray:
    """Weights (k,) float64.

    Parameters
    ----------
    inputs : (n, k) float64, a column of ones among them for the constant
    wanted : (n,) bool or 0..1
    ridge : penalty on the squared weights
    importance : (n,) how much each row counts; None for alike
    """
    weight = np.ones(len(inputs)) if importance is None else importance
    weights = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        gradient = inputs.T @ (weight * (p - wanted)) + ridge * weights
        hessian = (inputs * (weight * p * (1 - p) + 1e-6)[:, None]).T @ inputs + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, gradient)
    return weights
