"""Where a server listens, and by which names it may be called.

A page of another site can make the browser of this machine's user send requests here by a name of its own that it
points here (DNS rebinding). The Host header tells.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

from livedigits.errors import LivedigitsError

EVERY = ("0.0.0.0", "::")
"""What stands for all addresses of a machine."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises
    ------
    LivedigitsError: there is no such address here, or the port is taken or not allowed
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise LivedigitsError(f"cannot listen at {host}: there is no such address") from None
    bound = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would share the port with another server
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        reason = (error.strerror or str(error)).lower()
        raise LivedigitsError(f"cannot listen at {host} port {port}: {reason}; try another port") from None
    return bound


def url(host: str, port: int, scheme: str = "http") -> str:
    """The address to type into a browser on this machine."""
    name = "localhost" if host in EVERY else host
    return f"{scheme}://[{name}]:{port}/" if ":" in name else f"{scheme}://{name}:{port}/"


def reachable(host: str) -> str:
    """What other machines call a server that listens at `host`: where that is every address, this machine's own."""
    # Connecting sends nothing where there are no connections: it asks which way it would be. These are for examples.
    ways = [(socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "192.0.2.1")]
    if host not in EVERY:
        return host
    for family, far in ways if host == "::" else ways[1:]:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            return str(probe.getsockname()[0])
    return socket.gethostname()


def in_network() -> str:
    """The address by which machines of the same network reach this one.

    Raises
    ------
    LivedigitsError: it is in no network
    """
    for everywhere in EVERY:
        address = reachable(everywhere)
        with contextlib.suppress(ValueError):  # it is a name where there is no way to anywhere
            if not ipaddress.ip_address(address).is_loopback:
                return address
    raise LivedigitsError("this machine is in no network: connect it to one, or name its address with --host")


class Hosts:
    """The names by which the server may be called.

    Parameters
    ----------
    host : the address it is bound to
    names : further names

    Attributes
    ----------
    advice : how to call the server, for who called it otherwise
    """

    def __init__(self, host: str, names: Iterable[str] = ()) -> None:
        self.loopback = is_loopback(host)
        own = [] if self.loopback else [host, socket.gethostname(), f"{socket.gethostname()}.local"]
        self.names = {name.lower() for name in ("localhost", *own, *names) if name}
        # Not which name or address: the page of another site could read that.
        self.advice = "localhost or 127.0.0.1" if self.loopback else "its IP address, or the name of the machine"

    def allows(self, header: str | None) -> bool:
        """Whether a Host header names this server; an address does, as no foreign page can have ours."""
        name = _hostname(header)
        if name is None:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return not self.loopback or address.is_loopback or name in self.names


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _hostname(header: str | None) -> str | None:
    """The name in a Host header, lower case, without its port."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # raises ValueError where it is none
    except ValueError:
        return None
    if header is None or parts.path or parts.query or parts.fragment or parts.username is not None:
        return None
    return parts.hostname
