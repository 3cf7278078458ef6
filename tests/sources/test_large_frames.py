from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.sources.camera import open_camera
from livedigits.sources.endpoints import Stream, _jpeg_size
from tests.mjpeg import MjpegCamera


def test_a_frame_too_large_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream("http://user:secret@host/video", 1.0, True)
    stream._jpeg = True
    small = cv2.imencode(".jpg", np.full((48, 64, 3), 200, np.uint8))[1]
    image = stream.picture((True, small))
    assert image is not None and image.shape == (48, 64, 3)
    assert _jpeg_size(small.tobytes()) == (64, 48)
    large = bytearray(small.tobytes())
    at = large.index(b"\xff\xc0")
    large[at + 5 : at + 9] = (12_000).to_bytes(2, "big") * 2
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(LivedigitsError, match="host/video sends frames of 12000 x 12000 pixels") as refused:
        stream.picture((True, np.frombuffer(bytes(large), np.uint8)))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0" * 9, bytes(50)])
def test_the_size_of_what_is_no_jpeg(data: bytes) -> None:
    assert _jpeg_size(data) == (0, 0)


def test_a_camera_of_large_frames_is_refused() -> None:
    """By the size that the stream has when it is opened, in one line with the limit."""
    with MjpegCamera() as camera:
        camera.size = 6400, 6400
        with pytest.raises(LivedigitsError, match="6400 x 6400 pixels, and at most 36 megapixels are read"):
            open_camera(camera.url)
