"""The window: annotated frames on the screen, and the keys that steer them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from livedigits.annotate import overlay
from livedigits.annotate.debug_view import draw_debug
from livedigits.annotate.primitives import shrink
from livedigits.errors import LivedigitsError
from livedigits.live.correcting import HINT, Correcting
from livedigits.live.dragging import Dragging
from livedigits.live.furniture import draw_dot, keys
from livedigits.outputs.display import prepare_qt
from livedigits.outputs.images import save_picture
from livedigits.outputs.paths import free_name
from livedigits.types import Box, Digits, FieldValue, Frame, Result

if TYPE_CHECKING:
    from livedigits.outputs.recorder import Recording
    from livedigits.recognition.reader import Reading

NOT_DRAWN = "f draws fields in videos and before cameras"
NOT_RECORDED = "r records cameras; of files, --save keeps what is read"


class TakesFields(Protocol):
    """Takes fields that are drawn: a frame and a box in it -> its value by its name, and the file that keeps it."""

    def add(self, frame: Frame, box: Box) -> tuple[Mapping[str, FieldValue], Path]: ...


_NOTICE_SECONDS = 3.0
_LARGEST_VIEW = 1920
_FLAGS = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL


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
    """

    def __init__(
        self, title: str, live: bool = False, mirror: bool = False, recording: Recording | None = None
    ) -> None:
        self.trouble = ""
        self.fields: TakesFields | None = None
        self.correcting: Correcting | None = None
        self._title = title
        self._live = live
        self._mirror = mirror
        self._paused = self._help = self._debug = self._open = self._picture = False
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
        if self._open:
            self._open = False
            cv2.destroyAllWindows()
            cv2.waitKey(1)  # lets the window go now and not at the end of the process

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
        self._picture = math.isinf(seconds)
        if not self._live or not (self._paused or self._dragging):
            self._shown = result, reading, status
            if self.correcting is not None:
                self.correcting.clear()
        self._refresh()
        return self._obey(seconds)

    def wait(self, trouble: str) -> bool:
        """Keeps the last frame while there is no new one, with a line over it; False when the user ends it."""
        if trouble != self.trouble or (self._recording is not None and self._recording.on):
            self.trouble = trouble
            self._refresh()
        return self._obey(0.0) if self._open else True

    def _obey(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            left = min(end - time.monotonic(), 0.03)
            key = cv2.waitKey(max(1, int(left * 1000)))
            pressed = "" if key < 0 else chr(key & 0xFF).lower()  # Delete is 0xFF
            self._draw()
            if self._dragging is not None and pressed not in ("q", ""):
                self._dragging, pressed = None, ""
                self._notify("no field was drawn")
                self._refresh()
            if pressed and self._correct(pressed):
                continue
            if pressed in ("q", "\x1b") or self._closed():
                self.close()
                return False
            if pressed:
                known = self._press(pressed)
                if self._picture and not known:
                    return True
                self._refresh()
            held = self._paused or self._dragging is not None
            if (not held or self._live) and time.monotonic() >= end:
                return True

    def _press(self, key: str) -> bool:
        """Does what a key stands for; False where it stands for nothing, or for "go on" in a paused picture."""
        if key == "s":
            self._snapshot()
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
        elif key == " ":
            self._paused = not (self._paused or self._picture)
            if self.correcting is not None:
                self.correcting.clear()
            return False
        else:
            return False
        return True

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
        if box is None:
            self._notify("no field was drawn: hold the button and move the mouse")
            return
        try:
            values, path = self.fields.add(result.frame, box)
        except LivedigitsError as error:
            self._notify(str(error))
            return
        self._shown = replace(result, fields={**result.fields, **values}), reading, status
        self._notify(f"{next(iter(values))} is kept in {path}")

    @property
    def _correctable(self) -> Correcting | None:
        """What corrects the picture as it is shown; None while it moves, or is not the frame."""
        held = (self._paused or self._picture) and self._shown is not None and not (self._debug or self._dragging)
        return self.correcting if held else None

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

    def _closed(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def _refresh(self) -> None:
        """Draws what is shown again."""
        if self._shown is None:
            return
        result, reading, status = self._shown
        if self._debug and reading is not None:
            image = draw_debug(result.frame.image, reading)
        else:
            view, digits, fields = _view(result, self._mirror)
            image = overlay.draw(view, digits, self._status(status), fields)
        if self._recording is not None and self._recording.on:
            image = draw_dot(image, self._recording.seconds)
        if self.trouble:
            image = overlay.draw_notice(image, self.trouble)
        if self._correctable is not None:
            self._correctable.draw(image, result.frame.image.shape, self._mirror)
        if self._help:
            teachable = self.correcting is not None
            rows = keys(self._live, self._recording is not None, self._picture, self.fields is not None, teachable)
            image = overlay.draw_panel(image, rows)
        self._size = image.shape
        if self._dragging is not None:
            self._dragging.draw(image)
            image = overlay.draw_hint(image, "draw a field with the mouse; any key cancels")
        if not self._open:
            self._create(image)
        cv2.imshow(self._title, image)

    def _status(self, status: str) -> str:
        if self._recording is not None and self._recording.notice != self._recorded:
            self._recorded = self._recording.notice
            self._notify(self._recorded)
        paused = "paused" if self._paused else ""
        notice = self._notice if time.monotonic() < self._notice_until else ""
        choice = HINT if self._correctable is not None and self._correctable.box is not None else ""
        return "   ".join(part for part in (status, paused, notice or choice) if part)

    def _create(self, image: np.ndarray) -> None:
        prepare_qt()
        cv2.namedWindow(self._title, _FLAGS)
        height, width = image.shape[:2]
        factor = min(1280 / width, 720 / height, max(1.0, 640 / max(width, height)))
        cv2.setMouseCallback(self._title, self._mouse)
        cv2.resizeWindow(self._title, max(1, round(width * factor)), max(1, round(height * factor)))
        self._open = True

    def _mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        if self._dragging is not None:
            self._dragging.mouse(event, x, y)
        elif self._correctable is not None:
            self._correctable.mouse(event, x, y)

    def _snapshot(self) -> None:
        """Saves the frame, the annotated frame and its digits in the current folder, unmirrored."""
        assert self._shown is not None
        result = self._shown[0]
        stamp = time.strftime("livedigits-%Y%m%d-%H%M%S")
        name = free_name(stamp, "", lambda name: Path(f"{name}.png").exists())
        try:
            save_picture(Path(f"{name}.png"), result.frame.image)
            save_picture(
                Path(f"{name}-read.png"), overlay.draw(result.frame.image, result.digits, fields=result.fields)
            )
            Path(f"{name}.json").write_text(json.dumps(result.to_json(), indent=2) + "\n", encoding="ascii")
            self._notify(f"saved {name}.png")
        except (LivedigitsError, OSError) as error:
            self._notify(str(error))

    def _notify(self, notice: str) -> None:
        """Shows a line for a moment."""
        self._notice, self._notice_until = notice, time.monotonic() + _NOTICE_SECONDS


def _view(result: Result, mirror: bool) -> tuple[np.ndarray, Digits, dict[str, FieldValue]]:
    """Frame, digits and fields as the window shows them: mirrored, and no larger than a screen: lines stay sharp."""
    image, factor = shrink(result.frame.image, _LARGEST_VIEW)
    digits, fields = result.digits, dict(result.fields)
    if factor < 1:
        digits, fields = digits.scaled(factor), {name: value.scaled(factor) for name, value in fields.items()}
    if mirror:
        width = image.shape[1]
        image = cv2.flip(image, 1)
        digits, fields = digits.mirrored(width), {name: value.mirrored(width) for name, value in fields.items()}
    return image, digits, fields
