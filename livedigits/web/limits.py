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
    picture_memory : bytes that decoding a picture may take; of those that need more than small_memory one is read at a
        time, in a thread of its own, so that small ones never wait for it
    drawing_bytes, drawing_side, drawing_strokes, drawing_points : of a drawing that comes as strokes; side in px
    frame_bytes, frame_pixels : the same of one frame of a browser's camera
    share : of the places for connections, bodies that arrive and what is read or waits, those that one address may
        hold; the rest is kept for others
    connections, of_address : WebSockets at a time, and of one address; each has one frame in work and one, the newest,
        waiting; those that have been silent for `silent_seconds` lose their place to new ones
    frames_memory : bytes of frames that wait, all together
    uploads : pictures read or waiting for a thread at a time; more wait for their turn
    waiting : requests that may wait; more are turned away
    videos : videos read at a time
    lessons : corrections that wait for the one that is learned
    arriving, arriving_videos : bodies that arrive at a time; the oldest of the address that has most loses its place
        to a new one
    body_seconds : for a picture to arrive; a video has ten times as long
    idle_seconds : for the next part of a body to arrive
    """

    picture_bytes: int = 20 * MB
    picture_pixels: int = 24 * MB
    picture_memory: int = 216 * MB
    small_memory: int = 20 * MB
    drawing_bytes: int = 4 * MB
    drawing_side: int = 4096
    drawing_strokes: int = 200
    drawing_points: int = 100_000
    video_bytes: int = 300 * MB
    video_pixels: int = 9 * MB
    frame_bytes: int = 2 * MB
    frame_pixels: int = 4 * MB
    share: float = 0.75
    connections: int = 40
    of_address: int = 24
    silent_seconds: float = 5.0
    frames_memory: int = 40 * MB
    uploads: int = 8
    waiting: int = 64
    videos: int = 3
    lessons: int = 8
    arriving: int = 64
    arriving_videos: int = 4
    body_seconds: float = 30.0
    idle_seconds: float = 10.0
