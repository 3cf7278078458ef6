"""The command `livedigits web`."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.options import PROFILE, Number, make_reader
from livedigits.errors import LivedigitsError
from livedigits.outputs import hosts

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

PORT = 8420


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help=f"Port to listen at; by default {PORT}, or a free one."
)
@click.option("--no-open", is_flag=True, help="Do not open the page in a browser.")
@click.option(
    "--camera",
    "cameras",
    multiple=True,
    metavar="SOURCE",
    help="Let everybody who may use the page watch this camera: index, device path, rtsp:// or http:// URL.",
)
@click.option("--model", metavar="FILE", help="Read with this .tflite network instead of the shipped one.")
@click.option(
    "--min-confidence",
    type=Number(0, 1),
    metavar="P",
    help="Show digits of at least this confidence, 0 to 1; by default what suits the network.",
)
@PROFILE[0]
@PROFILE[1]
def web(
    host: str,
    port: int | None,
    no_open: bool,
    cameras: tuple[str, ...],
    model: str | None,
    min_confidence: float | None,
    profile: str | None,
    no_profile: bool,
) -> None:
    """Open the page: draw digits, show them to the browser's camera, drop files.

    The server answers this machine only, unless --host says otherwise. Programs can use it, too: POST a picture to
    /api/read; /api/openapi.json describes the rest. Ctrl-C ends it.

    \b
    livedigits web
    livedigits web --no-open --port 8000 & curl --data-binary @one.png localhost:8000/api/read
    """
    listening = listen(host, port)
    reader = make_reader(model, min_confidence, profile=profile, no_profile=no_profile, learns=True)
    serve(listening, reader, host, cameras, opened=not no_open)


def serve(
    listening: socket.socket, reader: Reader, host: str, cameras: tuple[str, ...], opened: bool, part: str = ""
) -> None:
    """Serves the page until Ctrl-C; says where it is, and opens it, or a part such as "#/learn", in a browser."""
    from livedigits.web.app import create_app

    app = create_app(reader, host, cameras)
    url = hosts.url(host, listening.getsockname()[1]) + part
    click.echo(f"livedigits is at {url} (Ctrl-C ends it)")
    if not hosts.is_loopback(host):
        click.echo(
            "Note: everybody who can reach this machine over the network can use the page, and teach its profile, "
            "unencrypted and without a password; browsers lend it their camera only on this machine.",
            err=True,
        )
    if opened and _has_display():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    _serve(app, listening)


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens already, so that the browser may come before the server is up."""
    if port is not None:
        return hosts.listen(host, port)
    try:
        return hosts.listen(host, PORT)
    except LivedigitsError:
        return hosts.listen(host, 0)


def _has_display() -> bool:
    """Whether a browser would open in a window, and not in the terminal."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serve(app: object, listening: socket.socket) -> None:
    from livedigits.web.server import Faults, server

    with (
        Faults(console.say),
        contextlib.suppress(KeyboardInterrupt),
    ):  # it has no end of its own: this is how one ends it
        server(app).run([listening])
