"""The application: routes, state, and the answers to what goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from livedigits.outputs.doubtful import SCRIPT
from livedigits.outputs.hosts import Hosts
from livedigits.profiles.teaching import Teacher
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.reader import Reader
from livedigits.web import api, drawing, fields, learning, phone, streams, videos, why
from livedigits.web.cameras import Cameras
from livedigits.web.guard import Guard
from livedigits.web.limits import Limits
from livedigits.web.work import Work

STATIC = Path(__file__).parent / "static"


def create_app(
    reader: Reader,
    host: str = "127.0.0.1",
    cameras: Iterable[str] = (),
    limits: Limits | None = None,
    door: phone.Phone | None = None,
) -> Starlette:
    """The page and its API as an ASGI application.

    Parameters
    ----------
    reader : reads for all connections; each video has a VideoReader of its own. Where a WatchedProfile is what it has
        learned, the page can teach it
    host : the address that the server is bound to; only at a loopback address this machine's own cameras are offered
    cameras : sources of this machine that everybody may watch
    limits : what is taken of clients
    door : the way for phones, where there is one; what comes over https came by it
    """
    hosts = Hosts(host)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.work = Work(reader, limits or Limits())
        app.state.cameras = Cameras(reader, cameras)
        app.state.teacher = Teacher(reader.learned) if isinstance(reader.learned, WatchedProfile) else None
        app.state.local = hosts.loopback
        app.state.phone = door
        yield
        app.state.work.close()

    routes = [
        Route("/", _page),
        Route("/api/read", api.read, methods=["POST"]),
        Route("/api/drawing", drawing.read_drawing, methods=["POST"]),
        Route("/api/fields", fields.read_fields, methods=["POST"]),
        Route("/api/fields/parsed", fields.parse_fields, methods=["POST"]),
        Route("/api/annotate", api.annotate, methods=["POST"]),
        Route("/api/learn", learning.learn, methods=["POST"]),
        Route("/api/learn/undo", learning.undo, methods=["POST"]),
        Route("/api/why", why.why, methods=["POST"]),
        Route("/api/video", videos.read_video, methods=["POST"]),
        Route("/api/info", api.info),
        Route("/api/phone.svg", phone.code),
        Route("/phone/{key}", phone.enter),
        Route("/api/openapi.json", api.openapi),
        WebSocketRoute("/api/live", streams.live),
        WebSocketRoute("/api/watch", streams.watch),
        Route("/static/doubtful.js", _doubtful),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Guard, hosts=hosts, phone=door)],
        exception_handlers={HTTPException: _refused},
    )


async def _page(request: Request) -> Response:
    return FileResponse(STATIC / "index.html")


async def _doubtful(request: Request) -> Response:
    return FileResponse(SCRIPT)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
