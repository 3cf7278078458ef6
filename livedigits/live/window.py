"""The window: annotated frames on the screen, and the keys that steer them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2

from livedigits.annotate import overlay
from livedigits.annotate.debug_view import draw_debug
from livedigits.live import snapshot
from livedigits.live.asking import Asking
from livedigits.live.correcting import HINT, Correcting
from livedigits.live.course import Course
from livedigits.live.dragging import Dragging
from livedigits.live.drawn_fields import NOT_DRAWN, TakesFields, keep
from livedigits.live.furniture import COURSE_KEYS, Can, draw_dot, keys
from livedigits.live.playing import Playing
from livedigits.live.screen import Screen
from livedigits.live.viewing import size_of, view
from livedigits.types import Result

if TYPE_CHECKING:
    from livedigits.outputs.recorder import Recording
    from livedigits.recognition.reader import Reading

NOT_RECORDED = "r records cameras; of files, --save keeps what is read"


_NOTICE_SECONDS = 3.0


class Window:
    """Shows annotated frames and obeys the keys in keys(); ask outputs.display before the first one.

    Parameters
    ----------
    title : the window's title
    live : a camera: pause holds the picture while reading goes on; otherwise pause stops
    mirror : show frames as a mirror does; text stays readable, and results are those of the frame as it is
    recording : what the key r starts and stops; a red dot and the time tell that it is on

    Attributes
    ----------
    trouble : a line that is drawn over the frames, such as what is wrong with the camera; "" for none
    fields : takes the fields that are drawn; None where none can be
    correcting : learns what the digits of a picture that is held truly are; None where nothing learns
    playing : the place and speed of a video file; None for all else, and where what is read is saved
    asking : how sure digits must be; None where that cannot be changed
    say : is called with a line when the display has gone away; reading goes on then, but for a course
    course : asks for digits, and learns those that are held up; None for a window that asks for none
    """

    def __init__(
        self, title: str, live: bool = False, mirror: bool = False, recording: Recording | None = None
    ) -> None:
        self.trouble = ""
        self.fields: TakesFields | None = None
        self.correcting: Correcting | None = None
        self.playing: Playing | None = None
        self.asking: Asking | None = None
        self.course: Course | None = None
        self.say: Callable[[str], object] = lambda line: None
        self._screen = Screen(title, self._mouse)
        self._live = live
        self._mirror = mirror
        self._paused = self._help = self._debug = self._picture = self._told = False
        self._resize = True
        self._shown: tuple[Result, Reading | None, str] | None = None
        self._notice, self._notice_until = "", 0.0
        self._recording, self._recorded = recording, ""
        self._dragging: Dragging | None = None
        self._size: tuple[int, ...] = ()  # of what is shown

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the window; closing twice is fine."""
        self._screen.close()

    def show(
        self,
        result: Result,
        reading: Reading | None = None,
        status: str = "",
        seconds: float = 0.0,
    ) -> bool:
        """Shows a result for so many seconds and obeys the keys pressed meanwhile; False when the user ends it.

        With seconds = infinity it stays until a key is pressed.
        """
        if self._screen.lost:
            return self._without()
        self._picture = math.isinf(seconds)
        if not self._live or not (self._paused or self._dragging):
            self._shown = result, reading, status
            if self.correcting is not None:
                self.correcting.clear()
            if self.course is not None:
                self.course.look(result)
        if self.playing is not None:
            self.playing.now, self.playing.step = result.frame.time, False
        self._refresh()
        return self._obey(seconds) and not (self.course is not None and self.course.ended)

    def wait(self, trouble: str) -> bool:
        """Keeps the last frame while there is no new one, with a line over it; False when the user ends it."""
        if trouble != self.trouble or (self._recording is not None and self._recording.on):
            self.trouble = trouble
            self._refresh()
        return self._obey(0.0) if self._screen.open else True

    def _without(self) -> bool:
        """What comes when the display has gone away: whether reading goes on."""
        if not self._told:
            self._told = True
            self.say("the display has gone away" + ("" if self.course else ": reading on without a window"))
        return self.course is None

    def _obey(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            left = min(end - time.monotonic(), 0.03)
            key = self._screen.key(left)
            if self._screen.lost:
                return self._without()
            self._draw()
            if self._dragging is not None and key not in ("q", ""):
                self._dragging, key = None, ""
                self._notify("no field was drawn")
                self._refresh()
            if key and (self._correct(key) if self.course is None else self._follow(self.course, key)):
                continue
            if key in ("q", "\x1b") or self._screen.closed:
                self.close()
                return False
            if key:
                known = self._press(key)
                if self._picture and not known:
                    return True
                self._refresh()
            if self.playing is not None and (self.playing.step or self.playing.jump is not None):
                return True
            held = self._paused or self._dragging is not None
            if (not held or self._live) and time.monotonic() >= end:
                return True

    def _press(self, key: str) -> bool:
        """Does what a key stands for; False where it stands for nothing, or for "go on" in a paused picture."""
        if key == "s":
            assert self._shown is not None
            self._notify(snapshot.save(self._shown[0]))
        elif key in ("r", "f") and self.course is not None:
            return False
        elif key == "r":
            if self._recording is not None:
                self._recording.toggle()
            else:
                self._notify(NOT_RECORDED)
        elif key == "f":
            self._begin()
        elif key == "m":
            self._mirror = not self._mirror
        elif key == "h":
            self._help = not self._help
        elif key == "d":
            self._debug = not self._debug
            self._resize = True
        elif self.playing is not None and (said := self.playing.press(key)) is not None:
            self._paused |= key in (".", ",")
            self._notify(said)
        elif self.asking is not None and self._shown is not None and (step := Asking.STEPS.get(key)) is not None:
            self._ask(step)
        elif key == " ":
            self._paused = not (self._paused or self._picture)
            if self.correcting is not None:
                self.correcting.clear()
            return False
        else:
            return False
        return True

    def _ask(self, step: int) -> None:
        """Digits must be surer, or need not be so sure: also those that are shown, where the picture is held."""
        assert self.asking is not None and self._shown is not None
        result, reading, status = self._shown
        self._notify(self.asking.change(step))
        if self._paused or self._picture:
            self._shown = replace(result, digits=self.asking.read(result.frame.image)), reading, status

    def _begin(self) -> None:
        """The next rectangle that is drawn is a field; the picture stands still meanwhile."""
        if self.fields is None:
            self._notify(NOT_DRAWN)
            return
        self._debug = self._help = False
        self._dragging = Dragging()

    def _draw(self) -> None:
        """Shows what the mouse chose to be corrected, or the rectangle that is being drawn; a whole one is a field."""
        drawn, correcting = self._dragging, self._correctable
        if correcting and self._shown and correcting.look(self._shown[0], self._size, self._mirror):
            self._paused &= self.course is None or correcting.choosing  # a click beside all digits goes on
            self._refresh()
        if drawn is None or not drawn.moved:
            return
        if drawn.done:
            self._dragging = None
            self._take(drawn)
        self._refresh()

    def _take(self, drawn: Dragging) -> None:
        assert self._shown is not None and self.fields is not None
        result, reading, status = self._shown
        box = drawn.box(self._size, result.frame.image.shape, self._mirror)
        result, said = keep(self.fields, result, box)
        self._shown = result, reading, status
        self._notify(said)

    @property
    def _correctable(self) -> Correcting | None:
        """What corrects the picture as it is shown; None while it moves, or is not the frame."""
        held = (self._paused or self._picture) and self._shown is not None and not (self._debug or self._dragging)
        return self.correcting if held else None

    def _follow(self, course: Course, key: str) -> bool:
        """Does what a key says of the digit that is asked for; False where it is about something else."""
        correcting = self._correctable
        chosen = None if correcting is None else correcting.box
        if self._shown is None or not course.press(key, self._shown[0], chosen):
            return False
        self._paused = False
        self._refresh()
        return True

    def _correct(self, key: str) -> bool:
        """Does what a key says of the digit that was chosen; False where it is about something else."""
        correcting = self._correctable
        if correcting is None or self._shown is None or not correcting.takes(key):
            return False
        result, reading, status = self._shown
        result, said = correcting.press(key, result)
        self._shown = result, reading, status
        self._notify(said)
        self._refresh()
        return True

    def _refresh(self) -> None:
        """Draws what is shown again."""
        if self._shown is None:
            return
        result, reading, status = self._shown
        if self._debug and reading is not None:
            image = draw_debug(result.frame.image, reading)
        else:
            frame, digits, fields = view(result, self._mirror)
            image = overlay.draw(frame, digits, self._status(status), fields)
        if self._recording is not None and self._recording.on:
            image = draw_dot(image, self._recording.seconds)
        if self.trouble:
            image = overlay.draw_notice(image, self.trouble)
        correcting = self._correctable
        if correcting is not None:
            correcting.draw(image, result.frame.image.shape, self._mirror)
        if self.course is not None and not self._debug:
            self.course.draw(image, result, self._mirror, correcting is not None and correcting.choosing)
        if self.playing is not None:
            self.playing.draw(image)
        if self._help:
            image = overlay.draw_panel(image, keys(self._can) if self.course is None else COURSE_KEYS)
        self._size = image.shape
        if self._dragging is not None:
            self._dragging.draw(image)
            image = overlay.draw_hint(image, "draw a field with the mouse; any key cancels")
        self._screen.show(image, size_of(image, 900 if self._debug else 720) if self._resize else None)
        self._resize = False

    @property
    def _can(self) -> set[Can]:
        parts: dict[Can, object] = {
            "hold": self._live,
            "record": self._recording,
            "go on": self._picture,
            "draw": self.fields,
            "teach": self.correcting,
            "seek": self.playing,
            "ask": self.asking,
        }
        return {name for name, part in parts.items() if part is not None and part is not False}

    def _status(self, status: str) -> str:
        if self._recording is not None and self._recording.notice != self._recorded:
            self._recorded = self._recording.notice
            self._notify(self._recorded)
        paused = "paused" if self._paused else ""
        notice = self._notice if time.monotonic() < self._notice_until else ""
        chosen = self._correctable is not None and self._correctable.box is not None
        choice = "" if not chosen else HINT if self.course is None else self.course.hint
        place = "" if self.playing is None else self.playing.status
        return "   ".join(part for part in (place, status, paused, notice or choice) if part)

    def _mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        if self._dragging is not None:
            self._dragging.mouse(event, x, y)
            return
        if self.playing is not None and event == cv2.EVENT_LBUTTONDOWN and self.playing.hit(x, y, self._size):
            return
        if self.course is not None and event == cv2.EVENT_LBUTTONDOWN and not self._debug:
            self._paused = True  # until what is chosen was taken
        if self._correctable is not None:
            self._correctable.mouse(event, x, y)

    def _notify(self, notice: str) -> None:
        """Shows a line for a moment."""
        self._notice, self._notice_until = notice, time.monotonic() + _NOTICE_SECONDS
