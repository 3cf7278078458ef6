"""The page's server for the tests: an app with a client, and pictures for it."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")
from starlette.testclient import TestClient, WebSocketTestSession

from livedigits.recognition.reader import Reader
from livedigits.web.app import create_app
from livedigits.web.limits import Limits

HERE = "http://localhost:8420"


def started(reader: Reader, host: str = "127.0.0.1", cameras: tuple[str, ...] = (), **limits: Any) -> TestClient:
    """A client of an app with these limits; the app runs while it is entered."""
    return TestClient(create_app(reader, host, cameras, Limits(**limits)), HERE, raise_server_exceptions=False)


def connected(client: TestClient, path: str, headers: dict[str, str] | None = None) -> WebSocketTestSession:
    """A WebSocket to the app; Starlette's client does not give it the address that it gives requests."""
    return client.websocket_connect(path, headers={"host": "localhost:8420", **(headers or {})})


def encoded(image: np.ndarray, suffix: str = ".png") -> bytes:
    return bytes(cv2.imencode(suffix, image)[1])


def bomb(side: int) -> bytes:
    """A picture of few bytes and many pixels."""
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    return file.getvalue()


def refused(response: Any, status: int) -> str:
    """The sentence of a refusal."""
    assert response.status_code == status, response.text
    sentence: str = response.json()["error"]
    assert sentence.endswith(".") and "\n" not in sentence and "Traceback" not in sentence
    return sentence
