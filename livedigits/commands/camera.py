"""livedigits camera."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from livedigits import console
from livedigits.commands.options import make_reader, output_options

if TYPE_CHECKING:
    from livedigits.sinks import Sink


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise click.BadParameter("give width and height in pixels, such as 1280x720")
    return int(width), int(height)


@click.command()
@click.argument("name", default="0", metavar="[SOURCE]")
@output_options
@click.option("--no-mirror", is_flag=True, help="Show the picture as the camera sees it, not as a mirror does.")
@click.option("--size", metavar="WxH", callback=_size, help="Ask the camera for this size, such as 1280x720.")
def camera(
    name: str,
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
    no_mirror: bool,
    size: tuple[int, int] | None,
) -> None:
    """Read from a camera or a network stream, until q or Ctrl-C.

    SOURCE is the index of a camera (0 by default), a device path, or an rtsp:// or http:// URL. Without a window and
    without --json, digits are printed as they change.

    \b
    livedigits camera 1 --size 1280x720
    livedigits camera --no-window --json - | jq .digits
    """
    from livedigits.live import Summary, run
    from livedigits.outputs import camera_target
    from livedigits.sinks import JsonLines, VideoFile
    from livedigits.sources import open_camera

    reader = make_reader(model, min_confidence)
    with ExitStack() as stack:
        source = stack.enter_context(open_camera(name, size))
        sinks: list[Sink] = [stack.enter_context(JsonLines(json_path))] if json_path else []
        if save:
            sinks.append(stack.enter_context(VideoFile(camera_target(save), true_time=True)))
        window = (
            None if no_window else console.window(stack, f"livedigits: camera {name}", live=True, mirror=not no_mirror)
        )
        printed = console.print_changes() if window is None and not json_path else None
        summary = Summary()
        try:
            run(source, reader, sinks, window, on_frame=printed, summary=summary)
        finally:
            click.echo(f"camera {name}: {console.speed(summary)}, {summary.dropped} dropped", err=True)
