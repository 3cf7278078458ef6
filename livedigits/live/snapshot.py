"""A snapshot of what a window shows, in the current folder."""

from __future__ import annotations

import json
import time
from pathlib import Path

from livedigits.annotate import overlay
from livedigits.errors import LivedigitsError
from livedigits.outputs.images import save_picture
from livedigits.outputs.paths import free_name
from livedigits.types import Result


def save(result: Result) -> str:
    """Saves the frame, the annotated frame and its digits under a free name, unmirrored; a line about it."""
    stamp = time.strftime("livedigits-%Y%m%d-%H%M%S")
    name = free_name(stamp, "", lambda name: Path(f"{name}.png").exists())
    try:
        save_picture(Path(f"{name}.png"), result.frame.image)
        save_picture(Path(f"{name}-read.png"), overlay.draw(result.frame.image, result.digits, fields=result.fields))
        Path(f"{name}.json").write_text(json.dumps(result.to_json(), indent=2) + "\n", encoding="ascii")
    except (LivedigitsError, OSError) as error:
        return str(error)
    return f"saved {name}.png"
