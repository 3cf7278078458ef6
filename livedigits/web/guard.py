"""Turns foreign pages away, and sends the security headers with every answer.

A page of another site can make the browser of this machine's user send requests here, by our address or by a name of
its own that it points here (DNS rebinding). The Host header tells the second, the Origin header the first. Who comes by
the way for phones has to have its key, too.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livedigits.outputs.hosts import Hosts
from livedigits.web.phone import COOKIE, Phone

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}
SAFE_METHODS = ("GET", "HEAD")


def same_origin(origin: str, host: str | None) -> bool:
    """Whether an Origin header names the server that the Host header names."""
    try:
        parts = urlsplit(origin)
    except ValueError:  # no address at all
        return False
    return parts.scheme in ("http", "https") and host is not None and parts.netloc.lower() == host.lower()


class _Refusal(NamedTuple):
    status: int
    reason: str


class Guard:
    """ASGI middleware: refuses other hosts always, other origins where something is posted or streamed.

    What comes over https, the way for phones, needs the key. The scope's `by_phone` says that it came so.

    Parameters
    ----------
    hosts : by which names the server may be called
    phone : the way for phones; None where there is none
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, phone: Phone | None = None) -> None:
        self.app = app
        self.hosts = hosts
        self.phone = phone
        self.phones_hosts = hosts if phone is None else phone.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # This server speaks TLS nowhere else, and takes no other's word (X-Forwarded-Proto) for it.
        scope["by_phone"] = self.phone is not None and scope["scheme"] in ("https", "wss")
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.reason})
            return
        send = _with_headers(send)
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await JSONResponse({"error": refusal.reason}, refusal.status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> _Refusal | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        if not (self.phones_hosts if scope["by_phone"] else self.hosts).allows(host):
            return _Refusal(403, "This server is not called by that name: see --host.")
        if scope["by_phone"] and not scope["path"].startswith("/phone/") and not self._has_key(headers):
            return _Refusal(401, "Scan the QR code that livedigits shows: its address has the key to this page.")
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        # Programs send neither; browsers send Origin with every POST and WebSocket.
        if origin is not None and not same_origin(origin, host):
            return _Refusal(403, "Pages of other sites may not use this server.")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _Refusal(403, "Pages of other sites may not use this server.")
        return None

    def _has_key(self, headers: Headers) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return False
        return self.phone is not None and COOKIE in cookies and self.phone.knows(cookies[COOKIE].value)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sending
