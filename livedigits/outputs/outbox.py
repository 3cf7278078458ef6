"""What waits to be delivered to somebody elsewhere, who may be slow, down or gone, while reading goes on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from livedigits.errors import OutputError

ROOM = 2000
"""Items that wait at most. At a change in each frame, 30 a second, that is a minute; of 6 kB each it is 12 MB."""
PATIENCE = 10.0
"""s that a receiver may take for one item. More waits for slow ones, and learns later that one is gone."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""s before an item is tried again; each pause is twice the one before. More burdens who comes back less, and later."""
FAREWELL = 10.0
"""s in which, after the end, a receiver that is down may come back."""
READ_ON = 1.0
"""s that the reader of a file waits for room. More loses less to a slow receiver, and stands longer before one gone."""


class Unreachable(Exception):
    """An item was not taken and should be tried again; says why."""


class Refused(Exception):
    """This item will never be taken; says why."""


class Outbox:
    """Delivers items one after the other, in their order, in a thread of its own.

    One that fails is tried again, after pauses that grow. Where too many wait the oldest go. Whatever was not delivered
    is counted and told: nothing is lost silently.

    Parameters
    ----------
    name : of the receiver, for messages
    deliver : hands over one item within about PATIENCE; None, after remind(), is nothing to hand over, but a reason to
        be connected. Raises Unreachable or Refused. It runs in the thread
    say : gets a line when deliveries fail, and when they are back; may be called from the thread
    live : put() never waits; otherwise it may wait a moment (READ_ON) for room, so that a file read faster than the
        receiver takes it loses nothing
    room : items that wait at most

    Attributes
    ----------
    delivered, lost : how many so far
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[bytes | None], None],
        say: Callable[[str], object],
        live: bool = True,
        room: int = ROOM,
    ) -> None:
        self.delivered = self.lost = 0
        self._name, self._deliver, self._say = name, deliver, say
        self._wait = 0.0 if live else READ_ON
        self._room = room
        self._items: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._end: float | None = None  # when it was closed, by the monotonic clock
        self._given_up = False
        self._reminded = False
        self._trouble = ""  # why it is not taken; "" while all is well
        self._reason = ""  # why something was lost, at last
        self._thread = threading.Thread(target=self._run, name=f"livedigits to {name}", daemon=True)

    def open(self) -> None:
        """Begins to deliver."""
        self._thread.start()

    def put(self, item: bytes) -> None:
        """Adds an item; returns at once, but for the wait for room where the source is no live one."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self._room, self._wait)
            dropped = len(self._items) >= self._room
            if dropped:
                self._items.popleft()
                self._lose(1, self._trouble or "they came faster than they were taken")
            self._items.append(item)
            self._changed.notify_all()
        if dropped and self.lost == 1:
            self._say(f"{self._name}: {self._room} results wait, and from now on the oldest are dropped")

    def remind(self) -> None:
        """Has the receiver be connected again, although there is nothing to hand over."""
        with self._changed:
            self._reminded = True
            self._changed.notify_all()

    def close(self, quietly: bool = False) -> None:
        """Delivers what waits, for as long as it is taken; FAREWELL after the end nothing is tried again.

        Raises
        ------
        OutputError: something was lost; how much and why. `quietly` it is said instead, as another error is under way
        """
        with self._changed:
            self._end = time.monotonic()
            self._changed.notify_all()
        waiting = f"{self._name}: waiting until the rest is delivered; Ctrl-C ends that"
        with contextlib.suppress(KeyboardInterrupt):
            self._thread.join(1.0)
            if self._thread.is_alive():
                self._say(waiting)
            self._thread.join()
        self._give_up()
        self._thread.join(1.0)
        if self._thread.is_alive():  # it hangs in a connection, which the end of the process closes
            with self._changed:
                self._lose(1, "no answer")
        if self.lost:
            whole = self.lost + self.delivered
            problem = f"{self.lost} of {whole} results were not delivered: {self._reason}"
            if not quietly:
                raise OutputError(self._name, problem)
            self._say(f"{self._name}: {problem}")

    def _run(self) -> None:
        while (item := self._next()) is not None:
            self._hand_over(*item)

    def _next(self) -> tuple[bytes | None] | None:
        """The next item, or (None,) to be connected; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._reminded or self._end is not None)
            reminded, self._reminded = self._reminded, False
            if not self._items:
                return (None,) if reminded and self._end is None else None
            item = self._items.popleft()
            self._changed.notify_all()
            return (item,)

    def _hand_over(self, item: bytes | None) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                self._deliver(item)
            except Refused as refusal:
                self._note(str(refusal), "what it does not take is lost")
                self._drop(item, str(refusal))
                return
            except Unreachable as problem:
                self._note(str(problem), f"up to {self._room} results wait, and it is tried again")
                if not self._pause(pause):
                    self._drop(item, str(problem))
                    self._give_up()
                    return
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._taken(item)
                return

    def _pause(self, seconds: float) -> bool:
        """Waits until the next attempt; False where there shall be none."""
        with self._changed:
            if self._end is None:
                self._changed.wait_for(lambda: self._end is not None, seconds)
                return True
            left = self._end + FAREWELL - time.monotonic()
            self._changed.wait_for(lambda: self._given_up, min(seconds, left))
            return left > 0 and not self._given_up

    def _note(self, trouble: str, so: str) -> None:
        """Says what is wrong, once until that is something else."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._say(f"{self._name}: {trouble}; {so}")

    def _taken(self, item: bytes | None) -> None:
        with self._changed:
            self.delivered += item is not None
            waiting, lost = len(self._items), self.lost
        if self._trouble:
            self._trouble = ""
            so_far = f", {lost} were lost" if lost else ""
            self._say(f"{self._name}: takes results again; {waiting} waited{so_far}")

    def _drop(self, item: bytes | None, reason: str) -> None:
        with self._changed:
            self._lose(int(item is not None), reason)

    def _lose(self, count: int, reason: str) -> None:
        """Counts what is lost; with the lock held."""
        if count:
            self.lost += count
            self._reason = reason

    def _give_up(self) -> None:
        """Nothing more is tried; what waits is lost."""
        with self._changed:
            self._given_up = True
            self._lose(len(self._items), self._trouble or "there was no time left")
            self._items.clear()
            self._changed.notify_all()
