"""What the server takes, so that no client can exhaust the machine."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Largest sizes and numbers; the API's description states them.

    Attributes
    ----------
    picture_bytes, video_bytes : of an upload
    picture_pixels, video_pixels : width times height, known before a picture is decoded
    frame_bytes, frame_pixels : the same of one frame of a browser's camera
    connections : WebSockets at a time; each has one frame in work and one, the newest, waiting
    uploads : pictures held in memory at a time; more wait for their turn
    waiting : requests that may wait; more are turned away
    videos : videos read at a time
    body_seconds : for a picture to arrive; a video has ten times as long
    """

    picture_bytes: int = 20 * MB
    picture_pixels: int = 40 * MB
    video_bytes: int = 300 * MB
    video_pixels: int = 9 * MB
    frame_bytes: int = 2 * MB
    frame_pixels: int = 4 * MB
    connections: int = 40
    uploads: int = 8
    waiting: int = 64
    videos: int = 2
    body_seconds: float = 30.0
