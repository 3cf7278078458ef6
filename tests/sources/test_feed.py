"""The thread that reads frames ahead: when it gives a source up, and when it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.sources import feed
from livedigits.sources.feed import Feed
from livedigits.types import Frame


class Held:
    """Gives so many frames, and then hangs, as a driver does, until it is let go."""

    def __init__(self, frames: int = 0) -> None:
        self._frames = frames
        self._go = threading.Event()
        self.given = threading.Event()  # whether all its frames wait to be taken

    def __iter__(self) -> Iterator[Frame]:
        for i in range(self._frames):
            yield Frame(np.zeros((4, 6, 3), np.uint8), i, float(i), "desk")
        self.given.set()
        self._go.wait(30)

    def let_go(self) -> None:
        self._go.set()


def of(held: Held, patience: float | None, lasting: bool = False) -> Feed:
    return Feed(iter(held), lambda: None, patience, "camera 0", stop=held.let_go, lasting=lasting)


def test_a_live_source_is_given_up_when_its_patience_is_over_however_often_it_is_asked() -> None:
    silent = of(Held(), patience=0.05)
    with pytest.raises(LivedigitsError, match=r"^camera 0 delivers no frames: none for 0\.05 seconds$"):
        for _ in range(1000):
            assert silent.take(0.01) is None
    silent.close()


def test_a_live_source_is_not_given_up_before() -> None:
    silent = of(Held(), patience=60)
    assert [silent.take(0.01), silent.take(0.0)] == [None, None] and not silent.ended
    silent.close()
    assert silent.ended and silent.take(0.01) is None


@pytest.mark.parametrize("lasting", [False, True])
def test_only_a_lasting_source_is_waited_for_once_it_has_begun(lasting: bool) -> None:
    held = Held(frames=1)
    begun = of(held, patience=0.02, lasting=lasting)
    assert held.given.wait(30)
    first = begun.take(30)
    assert first is not None and first.index == 0
    asked = (begun.take(0.01) for _ in range(20))
    if lasting:
        assert not any(asked)
    else:
        with pytest.raises(LivedigitsError, match="stopped delivering"):
            list(asked)
    begun.close()


def test_a_file_is_waited_for_without_end() -> None:
    slow = of(Held(frames=1), patience=None)
    assert slow.take(30) is not None
    assert slow.take(0.01) is None and not slow.ended
    slow.close()


def test_what_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "THREAD", "livedigits-source-of-this-test")
    assert not feed.hanging()
    source = of(Held(), patience=None)
    assert feed.hanging()
    source.close()  # of a file it waits for the thread
    assert not feed.hanging()
