"""livedigits camera."""

from __future__ import annotations

from contextlib import ExitStack

import click

from livedigits.commands import console
from livedigits.commands.options import (
    Number,
    check_outputs,
    live_options,
    live_sinks,
    make_reader,
    output_options,
)


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
@output_options
@live_options
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
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
    events_path: str | None,
    view: tuple[str, int] | None,
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
    check_outputs(json=json_path, events=events_path, save=save)
    from livedigits.live.loop import Summary, run
    from livedigits.outputs.paths import camera_target
    from livedigits.outputs.recorder import Recording
    from livedigits.sources.camera import open_camera
    from livedigits.sources.endpoints import URL

    reader = make_reader(model, min_confidence)
    with ExitStack() as stack:
        source = stack.enter_context(open_camera(name, size, fps, fourcc=fourcc))
        if source.mode:
            click.echo(source.mode, err=True)
        elif size or fps or fourcc:
            click.echo(
                f"{name} sends what it sends: --size, --fps and --fourcc are for cameras of this machine", err=True
            )
        sinks = live_sinks(stack, json_path, events_path, view)
        recording = Recording(camera_target(save) if save else None, report=_say)
        sinks.append(stack.enter_context(recording))
        window = (
            None
            if no_window
            else console.window(
                stack,
                f"livedigits: camera {name}",
                live=True,
                mirror=mirror if mirror is not None else not URL.match(name),
                quiet=view is not None,
                recording=recording,
            )
        )
        printed = console.print_changes() if window is None and not json_path and events_path != "-" else None
        summary = Summary()
        try:
            run(source, reader, sinks, window, on_frame=printed, summary=summary, say=_say)
        finally:
            click.echo(f"camera {name}: {console.speed(summary)}, {summary.dropped} dropped", err=True)
    if recording.failed:
        click.get_current_context().exit(1)


def _say(line: str) -> None:
    click.echo(line, err=True)


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
