"""livedigits camera."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.field_options import drawing, watching
from livedigits.commands.options import Number, Outputs, output_options

if TYPE_CHECKING:
    from livedigits.live.window import Window
    from livedigits.outputs.recorder import Recording
    from livedigits.recognition.reader import Reader


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise click.BadParameter("give width and height in pixels, such as 1280x720")
    return int(width), int(height)


def _fourcc(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == 4 and value.isascii() and value.isprintable()):
        raise click.BadParameter("give the four letters of a pixel format, such as MJPG or YUYV")
    return value and value.upper()


@click.command()
@click.argument("name", default="0", metavar="[SOURCE]")
@output_options("Record an annotated video, in true time.", live=True)
@click.option(
    "--mirror/--no-mirror",
    default=None,
    help="Show the picture as a mirror does, or as the camera sees it. By default this machine's cameras are mirrors, "
    "network cameras are not.",
)
@click.option("--size", metavar="WxH", callback=_size, help="Ask the camera for this size, such as 1280x720.")
@click.option("--fps", type=Number(1, 1000), metavar="N", help="Ask it for so many frames a second.")
@click.option("--fourcc", metavar="CODE", callback=_fourcc, help="Ask it for this pixel format, such as MJPG.")
@click.option("--list", "listed", is_flag=True, help="List the cameras of this machine and what they deliver.")
def camera(
    name: str,
    outputs: Outputs,
    mirror: bool | None,
    size: tuple[int, int] | None,
    fps: float | None,
    fourcc: str | None,
    listed: bool,
) -> None:
    """Read from a camera or a network stream, until q or Ctrl-C.

    SOURCE is the index of a camera (0 by default), a device path, or an rtsp:// or http:// URL. Without a window and
    without --json, digits are printed as they change. When a source stops, livedigits waits until it is back.

    \b
    livedigits camera --list
    livedigits camera 1 --size 1280x720
    livedigits camera --no-window --json - | jq .digits
    livedigits camera --no-window --view 8000 --events events.jsonl
    """
    if listed:
        _list()
        return
    outputs.check()
    from livedigits.live.following import Following
    from livedigits.live.loop import run
    from livedigits.live.summary import Summary
    from livedigits.outputs.paths import camera_target, keep_existing
    from livedigits.outputs.recorder import Recording
    from livedigits.sources.camera import open_camera

    keep_existing(outputs.emptied, outputs.overwrite)
    target = camera_target(outputs.save, outputs.overwrite) if outputs.save else None
    named, reader = outputs.fields, outputs.reader()
    look = Following(reader)
    with ExitStack() as stack:
        source = stack.enter_context(open_camera(name, size, fps, fourcc=fourcc))
        if source.mode:
            console.say(source.mode)
        elif size or fps or fourcc:
            console.say(f"{name} sends what it sends: --size, --fps and --fourcc are for cameras of this machine")
        sinks = outputs.live_sinks(stack, live=True)
        recording = stack.enter_context(Recording(target, console.say))
        sinks.append(recording)
        window = None if outputs.no_window else _window(stack, name, mirror, outputs, recording, reader)
        console.askable(window, reader, [look.take])
        if window is None:
            fields = watching(named, reader, outputs.min_confidence)
        else:
            fields = window.fields = drawing(named, outputs.fields_path, reader, outputs.min_confidence)
        printed = window is None and not outputs.json_path and "-" not in outputs.lines
        on_result = console.print_changes() if printed else lambda result: None
        summary = Summary()
        try:
            run(source, look, sinks, window, fields=fields, on_result=on_result, summary=summary, say=console.say)
        finally:
            lost = f", {recording.lost} not recorded: the disk or the encoder was too slow" if recording.lost else ""
            damaged = f", {source.damaged} damaged" if source.damaged else ""
            console.say(f"camera {name}: {console.speed(summary)}, {summary.dropped} dropped{damaged}{lost}")
    if recording.failed:
        click.get_current_context().exit(1)


def _window(
    stack: ExitStack, name: str, mirror: bool | None, outputs: Outputs, recording: Recording, reader: Reader
) -> Window | None:
    from livedigits.sources.endpoints import URL

    mirrored = not URL.match(name) if mirror is None else mirror
    quiet = outputs.view is not None
    return console.window(
        stack, f"livedigits: camera {name}", live=True, mirror=mirrored, quiet=quiet, recording=recording, reader=reader
    )


def _list() -> None:
    from livedigits.errors import LivedigitsError
    from livedigits.sources.devices import NONE_FOUND, devices

    found = devices()
    if not found:
        raise LivedigitsError(NONE_FOUND)
    width = max(len(device.name) for device in found)
    for device in found:
        name = f"{device.name:<{width}}  " if width else ""
        click.echo(f"{device.index:>3}  {name}{device.problem or device.mode}")
