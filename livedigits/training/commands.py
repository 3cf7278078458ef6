"""The commands of the extra `train`, loaded when they are called; their help needs nothing of it."""

from livedigits.training.evaluate_command import evaluate
from livedigits.training.train_command import train

__all__ = ["evaluate", "train"]
