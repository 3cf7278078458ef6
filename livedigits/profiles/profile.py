"""A profile: a value that a reader can be handed, and from which a correction makes another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from livedigits.profiles import file
from livedigits.profiles.head import HandHead, fit
from livedigits.profiles.marked import crops_of
from livedigits.profiles.samples import Samples, as_crops
from livedigits.recognition.classifier import Classifier
from livedigits.types import Box, Digit


class Profile:
    """What was learned of one hand. It does not change: each method that learns or forgets returns another.

    >>> profile = Profile().learn(crop, 7)
    >>> reader = livedigits.Reader(learned=profile)

    Parameters
    ----------
    samples : crops with their right labels; None for none
    classifier : the network that learns and reads; None for the shipped one, which is loaded when it is needed
    head : what was fitted to the samples for this network; None to fit it when it is needed

    Attributes
    ----------
    samples : as handed in
    """

    def __init__(
        self, samples: Samples | None = None, classifier: Classifier | None = None, head: HandHead | None = None
    ) -> None:
        self.samples = Samples.none() if samples is None else samples
        self._given = classifier
        self._fitted = head

    @staticmethod
    def load(path: str | Path, classifier: Classifier | None = None) -> Profile:
        """The profile of a file; an empty one where there is no file.

        Raises
        ------
        LivedigitsError: it cannot be read, or is none, or a damaged one
        """
        samples, head = file.load(Path(path))
        return Profile(samples, classifier, head)

    def save(self, path: str | Path) -> None:
        """Writes it into a file, in place of what was there; where others write it, too, see `changed`.

        Raises
        ------
        LivedigitsError: it cannot be written
        """
        with file.locked(Path(path)):
            file.save(Path(path), self.samples, self.head())

    @cached_property
    def classifier(self) -> Classifier:
        return self._given or Classifier()

    @cached_property
    def _head(self) -> HandHead | None:
        if not len(self.samples):
            return None
        known = self._fitted
        if known is not None and known.network == self.classifier.digest:
            return known
        return fit(self.samples, self.classifier)

    def head(self) -> HandHead | None:
        """What was learned, for readers of this network; None where nothing was.

        Raises
        ------
        LivedigitsError: the network does not give its second-last layer
        """
        return self._head

    def learn(
        self,
        crop_or_digit: np.ndarray | Digit | Box,
        label: int,
        image: np.ndarray | None = None,
    ) -> Profile:
        """The profile that knows one sample more.

        Parameters
        ----------
        crop_or_digit : a crop as `samples.as_crops` takes it, or a digit that was read, or a box (x, y, w, h) px
        label : 0..9, or 10 (livedigits.types.NO_DIGIT) for what is no digit
        image : (h, w, 3) uint8 BGR, where the digit or the box is

        Raises
        ------
        ValueError: another label, or a crop of another shape, or no image
        LivedigitsError: there is nothing in the box
        """
        if isinstance(crop_or_digit, np.ndarray) and crop_or_digit.ndim > 1:
            return self.learn_all(crop_or_digit, [label] * len(as_crops(crop_or_digit)))
        if image is None:
            raise ValueError("a digit or a box is somewhere: give its image, too")
        box = crop_or_digit.box if isinstance(crop_or_digit, Digit) else crop_or_digit
        return self.learn_all(crops_of(image, np.array([box])), [label])

    def learn_all(self, crops: np.ndarray, labels: Sequence[int] | np.ndarray) -> Profile:
        """As `learn`, of many crops (n, 28, 28, 2) at once."""
        return self.with_samples(self.samples.joined(Samples.of(crops, labels)))

    def merged(self, *others: Profile) -> Profile:
        """What all of them know."""
        return self.with_samples(self.samples.joined(*(other.samples for other in others)))

    def without(self, index: Sequence[int] | np.ndarray) -> Profile:
        """The profile that does not know the samples of these indices."""
        return self.with_samples(self.samples[np.setdiff1d(np.arange(len(self.samples)), np.asarray(index, np.int64))])

    def with_samples(self, samples: Samples) -> Profile:
        return Profile(samples, self._given if self._given is not None else self.__dict__.get("classifier"))


def changed(path: Path, change: Callable[[Profile], Profile], classifier: Classifier | None = None) -> Profile:
    """What `change` makes of a file's profile, which is then in the file; others who change it wait for their turn.

    Raises
    ------
    LivedigitsError: the file cannot be read or written, or the network cannot learn
    """
    with file.locked(path):
        new = change(Profile.load(path, classifier))
        file.save(path, new.samples, new.head())
    return new
