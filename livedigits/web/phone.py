"""The way by which a phone comes to the page: over https, with a key in the address, which a QR code shows.

Browsers lend a camera over https alone. Beside the address at which this machine's own browser has the page there is a
second one, in the network, where all is encrypted, and who does not have the key is refused (guard).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from livedigits.outputs import hosts

if TYPE_CHECKING:
    from livedigits.web.certificate import Certificate

COOKIE = "__Host-livedigits"
"""Holds the key in the phone's browser; by its prefix it comes over https alone, and from this server alone."""
KEY_BYTES = 16
"""Of chance in a key, which holds until the server ends."""


@dataclass(frozen=True)
class Phone:
    """A phone's way in.

    Parameters
    ----------
    host : the address it is bound to
    port : the port
    certificate : which it shows
    key : which the address holds
    """

    host: str
    port: int
    certificate: Certificate
    key: str = field(default_factory=lambda: secrets.token_urlsafe(KEY_BYTES))

    @property
    def hosts(self) -> hosts.Hosts:
        """The names by which it may be called."""
        return hosts.Hosts(self.host)

    @property
    def address(self) -> str:
        """What the phone opens."""
        return f"{hosts.url(hosts.reachable(self.host), self.port, 'https')}phone/{self.key}"

    def knows(self, key: str | None) -> bool:
        """Whether it is the key."""
        return key is not None and hmac.compare_digest(key.encode("utf-8", "replace"), self.key.encode())


def is_local(connection: HTTPConnection) -> bool:
    """Whether this machine alone can have asked."""
    return connection.app.state.local and not connection.scope["by_phone"]


async def enter(request: Request) -> Response:
    """GET /phone/KEY: the page, and the key as a cookie, so that it stands in the address no more."""
    door: Phone | None = request.app.state.phone
    if door is None:
        raise HTTPException(404, "No phone is let in: start livedigits web with --phone.")
    if not door.knows(request.path_params["key"]):
        raise HTTPException(401, "This key does not hold any more: scan the QR code again.")
    answer = RedirectResponse("/#/camera", 303)
    answer.set_cookie(COOKIE, door.key, secure=True, httponly=True, samesite="lax")
    return answer


async def code(request: Request) -> Response:
    """GET /api/phone.svg: the QR code, for this machine's own browser alone."""
    door: Phone | None = request.app.state.phone
    if door is None or not is_local(request):
        raise HTTPException(404, "There is no QR code here: start livedigits web with --phone.")
    from livedigits.web.qr_code import svg  # of the extra phone

    return Response(svg(door.address), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
