from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from livedigits.errors import OutputError
from livedigits.outputs import outbox as box
from livedigits.outputs.outbox import Outbox, Refused, Unreachable


class Receiver:
    """Takes items, or does not, as it is told; `held` keeps it from answering."""

    def __init__(self) -> None:
        self.taken: list[bytes | None] = []
        self.problem: Exception | None = None
        self.lines: list[str] = []
        self.asked = 0
        self.changed = threading.Condition()
        self.gate = threading.Event()
        self.gate.set()

    def deliver(self, item: bytes | None) -> None:
        with self.changed:
            self.asked += 1
            self.changed.notify_all()
        assert self.gate.wait(30)
        with self.changed:
            self.changed.notify_all()
            if self.problem is not None:
                raise self.problem
            self.taken.append(item)

    def wait(self, asked: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked >= asked, 30)

    def wait_taken(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.taken) >= count, 30)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(box, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(box, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(box, "FAREWELL", 0.05)
    receiver = Receiver()
    yield receiver
    receiver.gate.set()


def opened(receiver: Receiver, live: bool = True, room: int = 5) -> Outbox:
    outbox = Outbox("there", receiver.deliver, receiver.lines.append, live, room)
    outbox.open()
    return outbox


def test_items_arrive_in_their_order(receiver: Receiver) -> None:
    outbox = opened(receiver, room=100)
    for i in range(50):
        outbox.put(b"%d" % i)
    outbox.close()
    assert receiver.taken == [b"%d" % i for i in range(50)]
    assert (outbox.delivered, outbox.lost, receiver.lines) == (50, 0, [])


def test_what_is_not_taken_waits_and_is_tried_again_until_it_is(receiver: Receiver) -> None:
    receiver.problem = Unreachable("nobody there")
    outbox = opened(receiver)
    outbox.put(b"1")
    receiver.wait(asked=3)
    outbox.put(b"2")
    with receiver.changed:
        receiver.problem = None
    outbox.close()
    assert receiver.taken == [b"1", b"2"] and outbox.lost == 0
    assert len(receiver.lines) == 2  # said once, however often it was tried
    assert receiver.lines[0] == "there: nobody there; up to 5 results wait, and it is tried again"
    assert receiver.lines[1].startswith("there: takes results again; ")


def test_pauses_grow(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(Outbox, "_pause", lambda self, seconds: pauses.append(seconds) or len(pauses) < 6)
    receiver.problem = Unreachable("nobody there")
    outbox = opened(receiver)
    outbox.put(b"1")
    with pytest.raises(OutputError):
        outbox.close()
    assert pauses == [0.001, 0.002, 0.004, 0.008, 0.01, 0.01]


def test_where_too_many_wait_the_oldest_go_and_are_counted(receiver: Receiver) -> None:
    receiver.gate.clear()
    outbox = opened(receiver)
    outbox.put(b"first")
    receiver.wait(asked=1)  # it is under way, and waits no more
    for i in range(8):
        outbox.put(b"%d" % i)
    assert outbox.lost == 3
    receiver.gate.set()
    with pytest.raises(OutputError, match=r"cannot write there: 3 of 9 results were not delivered: they came faster"):
        outbox.close()
    assert receiver.taken == [b"first", b"3", b"4", b"5", b"6", b"7"]
    assert receiver.lines == ["there: 5 results wait, and from now on the oldest are dropped"]


def test_a_file_waits_for_room(receiver: Receiver) -> None:
    receiver.gate.clear()
    outbox = opened(receiver, live=False)
    threading.Timer(0.05, receiver.gate.set).start()
    for i in range(20):
        outbox.put(b"%d" % i)
    outbox.close()
    assert len(receiver.taken) == 20 and outbox.lost == 0


def test_what_is_refused_is_lost_and_told_and_the_rest_goes_on(receiver: Receiver) -> None:
    receiver.problem = Refused("answers 404")
    outbox = opened(receiver)
    outbox.put(b"1")
    receiver.wait(asked=1)
    outbox.put(b"2")
    receiver.wait(asked=2)
    with receiver.changed:
        receiver.problem = None
    outbox.put(b"3")
    receiver.wait_taken(1)
    with pytest.raises(OutputError, match=r"2 of 3 results were not delivered: answers 404"):
        outbox.close()
    assert receiver.taken == [b"3"]
    assert receiver.lines[0] == "there: answers 404; what it does not take is lost"


def test_the_end_waits_no_longer_than_a_farewell_for_who_is_down(receiver: Receiver) -> None:
    receiver.problem = Unreachable("nobody there")
    outbox = opened(receiver)
    for i in range(4):
        outbox.put(b"%d" % i)
    with pytest.raises(OutputError, match=r"4 of 4 results were not delivered: nobody there"):
        outbox.close()


def test_ctrl_c_ends_the_wait_at_the_end(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.gate.clear()
    outbox = opened(receiver)
    for i in range(4):
        outbox.put(b"%d" % i)
    receiver.wait(asked=1)
    join, interrupted = threading.Thread.join, []

    def joined(thread: threading.Thread, timeout: float | None = None) -> None:
        if timeout is None and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        join(thread, min(timeout or 0.0, 0.01))

    monkeypatch.setattr(threading.Thread, "join", joined)
    with pytest.raises(OutputError, match=r"4 of 4 results were not delivered"):
        outbox.close()
    assert receiver.lines == ["there: waiting until the rest is delivered; Ctrl-C ends that"]


def test_an_error_under_way_is_not_hidden_by_what_was_lost(receiver: Receiver) -> None:
    receiver.problem = Refused("answers 404")
    outbox = opened(receiver)
    outbox.put(b"1")
    outbox.close(quietly=True)
    assert receiver.lines[-1] == "there: 1 of 1 results were not delivered: answers 404"


def test_a_reminder_asks_for_a_connection_and_is_no_result(receiver: Receiver) -> None:
    outbox = opened(receiver)
    outbox.remind()
    receiver.wait_taken(1)
    outbox.put(b"1")
    outbox.close()
    assert receiver.taken == [None, b"1"] and outbox.delivered == 1
