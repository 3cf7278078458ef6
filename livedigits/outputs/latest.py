"""The newest of something, for everybody who follows it: a slow one misses some and delays nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK = 1.0  # s between two looks at whether who follows has gone, while nothing comes


class Latest(Generic[Item]):
    """Holds the newest item.

    Attributes
    ----------
    item : the newest; None before the first
    """

    def __init__(self) -> None:
        self.item: Item | None = None
        self._news = threading.Condition()
        self._closed = False

    def set(self, item: Item) -> None:
        """Makes this the newest."""
        with self._news:
            self.item = item
            self._news.notify_all()

    def close(self) -> None:
        """Ends what follows it."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def follow(self, gone: Callable[[], bool]) -> Iterator[Item | None]:
        """The newest item, again and again, each once, until it is closed or who follows has gone.

        None stands for a second in which nothing came.
        """
        shown: Item | None = None
        while True:
            newest = self._after(shown)
            came = newest is not shown
            if self._closed or (not came and gone()):  # while nothing is sent, nothing else would tell
                return
            yield newest if came else None
            shown = newest

    def _after(self, shown: Item | None) -> Item | None:
        """Waits a moment for another item than the one shown."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self.item is not shown, _LOOK)
            return self.item
