"""Makes docs/sheet.webp, the animation that opens README: run `python -m samples.making.animation` in the checkout.

The sample video as livedigits annotates it, without the seconds in which nothing happens, small and at few frames.
"""

from __future__ import annotations

from pathlib import Path

import cv2
from PIL import Image

from livedigits.annotate import overlay
from livedigits.recognition.reader import Reader
from livedigits.recognition.video_reader import VideoReader
from livedigits.sources.sample import sample_video
from livedigits.sources.video import open_video

TARGET = Path(__file__).parents[2] / "docs" / "sheet.webp"
BEGIN, END = 1.5, 7.0  # s of the video
EVERY, SIZE, QUALITY = 5, (560, 315), 55  # frames left out, px, of WebP: 1.5 MB at most


def main() -> None:
    video, frames = VideoReader(Reader()), []
    with open_video(sample_video(), end=END) as source:
        for frame in source:
            digits = video.read(frame.image, frame.time)
            if frame.time >= BEGIN and frame.index % EVERY == 0:
                drawn = overlay.draw(frame.image, digits)
                small = cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA)
                frames.append(Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB)))
            fps = source.fps or 30.0
    frames[0].save(
        *(TARGET, "WEBP"),
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 * EVERY / fps),
        loop=0,
        quality=QUALITY,
        method=4,
    )
    print(f"{TARGET}: {len(frames)} frames, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
