"""The command `livedigits web`."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, NamedTuple

import click

from livedigits.commands import console
from livedigits.commands.options import PROFILE, Number, make_reader
from livedigits.errors import LivedigitsError
from livedigits.outputs import hosts

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader
    from livedigits.web.phone import Phone

PORT = 8420
PHONES_PORT = 8421
HERE = "127.0.0.1"

WARNING = """\
Its browser will warn, because the certificate is livedigits' own: made on this machine, vouched for by nobody else.
What goes over the connection is encrypted all the same; to be sure that it ends here, compare the fingerprint:
  SHA-256 {fingerprint}
The key in the address holds until livedigits ends: who has it can use the page, and teach its profile."""


@click.command()
@click.option("--host", metavar="ADDRESS", help=f"Address to listen at.  [default: {HERE}]")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help=f"Port to listen at; by default {PORT}, or a free one."
)
@click.option("--no-open", is_flag=True, help="Do not open the page in a browser.")
@click.option(
    "--phone",
    is_flag=True,
    help="Let a phone in the same network use the page, too, with its camera: encrypted, and by a QR code that has the "
    "key. --host and --port say where; by default at this machine's address in its network, and at "
    f"{PHONES_PORT} or a free port. Nobody else gets in, and the page here stays at {HERE}.",
)
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
    host: str | None,
    port: int | None,
    no_open: bool,
    phone: bool,
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
    livedigits web --phone
    livedigits web --no-open --port 8000 & curl --data-binary @one.png localhost:8000/api/read
    """
    door = _door(host, port) if phone else None
    listening = listen(HERE, None) if phone else listen(host or HERE, port)
    reader = make_reader(model, min_confidence, profile=profile, no_profile=no_profile, learns=True)
    here = HERE if phone else host or HERE
    serve(listening, reader, here, cameras, opened=not no_open, part="#/camera" if phone else "", door=door)


class Door(NamedTuple):
    """A phone's way in, the socket where it is, and its address as lines of a QR code."""

    phone: Phone
    listening: socket.socket
    code: list[str]


def _door(host: str | None, port: int | None) -> Door:
    from livedigits.web.certificate import addresses, certificate
    from livedigits.web.phone import Phone
    from livedigits.web.qr_code import blocks

    host = host or hosts.in_network()
    listening = listen(host, port, PHONES_PORT)
    bound, number = listening.getsockname()[:2]
    phone = Phone(host, number, certificate(addresses(bound)))
    return Door(phone, listening, blocks(phone.address))


def serve(
    listening: socket.socket,
    reader: Reader,
    host: str,
    cameras: tuple[str, ...],
    opened: bool,
    part: str = "",
    door: Door | None = None,
) -> None:
    """Serves the page until Ctrl-C; says where it is, and opens it, or a part such as "#/learn", in a browser."""
    from livedigits.web.app import create_app

    app = create_app(reader, host, cameras, door=door.phone if door else None)
    url = hosts.url(host, listening.getsockname()[1]) + part
    click.echo(f"livedigits is at {url} (Ctrl-C ends it)")
    if door:
        _show(door)
    if not hosts.is_loopback(host):
        click.echo(
            "Note: everybody who can reach this machine over the network can use the page, and teach its profile, "
            "unencrypted and without a password; browsers lend it their camera only on this machine (--phone: on a "
            "phone, too).",
            err=True,
        )
    if opened and _has_display():
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    _serve(app, listening, door)


def _show(door: Door) -> None:
    """Prints where a phone comes in; in a terminal that has the characters as a QR code, too."""
    click.echo(f"For a phone in the same network: {door.phone.address}")
    if sys.stdout.isatty():
        # Colours of its own: most phones read no code that is light on dark.
        lines = [click.style(line, fg="bright_white", bg="black") for line in door.code]
        with contextlib.suppress(UnicodeEncodeError):
            click.echo("\n".join(lines))
    click.echo(WARNING.format(fingerprint=door.phone.certificate.fingerprint))


def listen(host: str, port: int | None, usual: int = PORT) -> socket.socket:
    """A socket that listens already, so that the browser may come before the server is up.

    usual : the port where none is asked for, unless it is taken
    """
    if port is not None:
        return hosts.listen(host, port)
    try:
        return hosts.listen(host, usual)
    except LivedigitsError:
        return hosts.listen(host, 0)


def _has_display() -> bool:
    """Whether a browser would open in a window, and not in the terminal."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serve(app: object, listening: socket.socket, door: Door | None) -> None:
    from livedigits.web.server import Faults, server, server_for_phones

    with (
        Faults(console.say),
        contextlib.suppress(KeyboardInterrupt),
    ):  # it has no end of its own: this is how one ends it
        (server_for_phones(app, door.listening, door.phone.certificate.path) if door else server(app)).run([listening])
