from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import socket
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from livedigits.annotate import overlay
from livedigits.outputs.hosts import Hosts
from livedigits.recognition.reader import Reader
from livedigits.recognition.turning import turned
from livedigits.web.app import STATIC, create_app
from livedigits.web.guard import HEADERS
from livedigits.web.limits import Limits
from livedigits.web.work import Places
from tests import pages
from tests.serving import HERE, bomb, connected, encoded, refused, started

# --- pictures


def test_raw_body_and_multipart_give_the_contract(client: TestClient, picture: bytes) -> None:
    raw = client.post("/api/read?name=page.png", content=picture)
    form = client.post("/api/read", files={"file": ("page.png", picture)})
    assert raw.status_code == form.status_code == 200
    result = raw.json()
    assert result == form.json()
    assert (result["source"], result["frame"], result["time"]) == ("page.png", 0, 0.0)
    assert (result["width"], result["height"]) == (640, 360)
    assert [digit["digit"] for digit in result["digits"]] == [4, 0, 7]
    assert all(set(digit) == {"digit", "confidence", "box", "track"} for digit in result["digits"])
    assert result["text"] == "407"
    assert all(set(number) == {"text", "confidence", "box", "digits", "complete"} for number in result["numbers"])
    assert [(number["text"], number["digits"]) for number in result["numbers"]] == [("407", [0, 1, 2])]


def test_text_has_lines_and_blanks(client: TestClient) -> None:
    rows = [pages.page(text, size=(640, 180), at=(40, 60))[0] for text in ("40 7", "26")]
    result = client.post("/api/read", content=encoded(np.vstack(rows))).json()
    assert result["text"] == "40 7\n26"
    assert [(number["text"], number["digits"]) for number in result["numbers"]] == [
        ("40", [0, 1]),
        ("7", [2]),
        ("26", [3, 4]),
    ]


def test_strokes_are_read_by_who_drew_what_when(client: TestClient) -> None:
    told = client.post("/api/drawing", json=drawing([nought(100), nought(160), nought(215)])).json()  # they overlap
    assert (told["text"], told["width"], told["height"]) == ("000", 640, 360)
    assert len(told["digits"][0]["probabilities"]) == 10 and told["digits"][0]["crop"]
    assert told["digits"][0]["box"][0] < 110 < told["digits"][1]["box"][0]
    assert client.post("/api/drawing", json=drawing([])).json()["digits"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[" * 100_000, 400),
        ({"width": 640, "height": 360}, 400),
        ({"width": 0, "height": 360, "strokes": []}, 400),
        ({"width": 1e9, "height": 360, "strokes": []}, 413),
        ({"width": 640, "height": 360, "strokes": [{"points": [], "width": 4}]}, 400),
        ({"width": 640, "height": 360, "strokes": [{"points": [[1, float("nan")]], "width": 4}]}, 400),
        ({"width": 640, "height": 360, "strokes": [{"points": [[1, 1e30]], "width": 4}]}, 400),
        ({"width": 640, "height": 360, "strokes": [{"points": [[1, 1]], "width": -4}]}, 400),
        ({"width": 640, "height": 360, "strokes": [{"points": [[1, 1]], "width": 4}] * 201}, 413),
    ],
)
def test_what_is_no_drawing_is_refused(client: TestClient, body: object, status: int) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    answer = client.post("/api/drawing", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status and answer.json()["error"].endswith(".")


def drawing(strokes: list[list[list[float]]]) -> dict[str, Any]:
    return {"width": 640, "height": 360, "strokes": [{"points": points, "width": 9} for points in strokes]}


def nought(left: float) -> list[list[float]]:
    return [[left + 35 - 35 * math.sin(turn / 4), 160 - 50 * math.cos(turn / 4)] for turn in range(26)]


def test_details_are_what_the_network_saw(client: TestClient, reader: Reader, picture: bytes) -> None:
    digits = client.post("/api/read?details=1", content=picture).json()["digits"]
    reading = reader.look(pages.page("407")[0])
    for digit in digits:
        assert len(digit["probabilities"]) == 10
        assert int(np.argmax(digit["probabilities"])) == digit["digit"]
        crop = np.frombuffer(base64.b64decode(digit["crop"]), np.uint8).reshape(28, 28) / 255
        mark = next(i for i, box in enumerate(reading.regions.tolist()) if box == digit["box"])
        assert np.abs(crop - reading.crops[mark, :, :, 0]).max() < 0.01


def test_annotate_draws_as_the_command_line_does(client: TestClient, reader: Reader, picture: bytes) -> None:
    response = client.post("/api/annotate", content=picture)
    assert response.headers["content-type"] == "image/png"
    image = cv2.imdecode(np.frombuffer(response.content, np.uint8), cv2.IMREAD_COLOR)
    page = pages.page("407")[0]
    assert (image == overlay.draw(page, reader.read(page))).all()


def test_a_page_on_its_side_is_read_and_annotated_upright_where_that_is_asked_for(
    client: TestClient, reader: Reader
) -> None:
    page = np.vstack([pages.page(text)[0] for text in ("2374", "5403")])
    lying = encoded(turned(page, -90))
    read = client.post("/api/read?upright=1&details=1", content=lying).json()
    assert read["turned"] == 90 and (read["height"], read["width"]) == page.shape[:2]
    assert read["text"] == "2374\n5403" and read["digits"][0]["crop"]
    assert "turned" not in client.post("/api/read", content=lying).json()
    assert "turned" not in client.post("/api/read?upright=1", content=encoded(page)).json()
    answer = client.post("/api/annotate?upright=1", content=lying).content
    image = cv2.imdecode(np.frombuffer(answer, np.uint8), cv2.IMREAD_COLOR)
    assert (image == overlay.draw(page, reader.read(page))).all()


def test_file_names_lose_folders_and_control_characters(client: TestClient, picture: bytes) -> None:
    files = {"file": ("..\\up/../a\nb.png", picture)}
    assert "/" not in client.post("/api/read", files=files).json()["source"]
    assert client.post("/api/read?name=/etc/pass%0Awd", content=picture).json()["source"] == "passwd"
    assert client.post("/api/read", content=picture).json()["source"] == "upload"


# --- what is wrong or hostile


@pytest.mark.parametrize(
    "body, status, says",
    [
        (b"", 400, "empty"),
        (b"GET me a picture", 415, "no picture"),
        (bytes(range(256)) * 40, 415, "no picture"),
        (encoded(np.zeros((40, 40, 3), np.uint8))[:60], 415, "damaged"),
        (encoded(np.zeros((40, 40, 3), np.uint8), ".jpg")[:300], 415, "damaged"),
        (b"\0\0\0\x18ftypheic" + bytes(40), 415, "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 415, "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "no picture"),
    ],
)
def test_wrong_bytes_get_a_sentence(client: TestClient, body: bytes, status: int, says: str) -> None:
    for path in ("/api/read", "/api/annotate"):
        assert says in refused(client.post(path, content=body), status)


def test_pixels_are_counted_before_decoding(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    bombs = bomb(7000), bomb(20000)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    assert "7000 x 7000" in refused(client.post("/api/read", content=bombs[0]), 413)
    assert "24 megapixels" in refused(client.post("/api/read", content=bombs[1]), 413)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (3, 3), (17, 6000)])
def test_odd_shapes_are_read(client: TestClient, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (*shape, 3), np.uint8)
    assert client.post("/api/read?details=1", content=encoded(image)).status_code == 200


def test_large_bodies_are_refused(reader: Reader) -> None:
    with started(reader, picture_bytes=1000, video_bytes=1000) as client:
        for path in ("/api/read", "/api/annotate", "/api/video"):
            assert "at most 0.001 MB" in refused(client.post(path, content=bytes(1001)), 413)
            assert "at most 0.001 MB" in refused(client.post(path, files={"file": ("a", bytes(20_000))}), 413)


def test_wrong_multipart_bodies(client: TestClient, picture: bytes) -> None:
    assert "field `file`" in refused(client.post("/api/read", files={"image": ("a.png", picture)}), 400)
    assert "multipart" in refused(client.post("/api/read", files={"file": ("a", picture), "more": ("b", picture)}), 400)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        refused(client.post("/api/read", content=b"no form", headers={"content-type": kind}), 400)


async def ask(app: Any, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an app answers to a POST whose body comes in these messages, and then nothing more."""
    sent = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/api/read", "query_string": b"", "headers": headers}
    async with app.router.lifespan_context(app):
        await app({**scope, "http_version": "1.1", "root_path": "", "scheme": "http"}, receive, send)
    return sent


@pytest.mark.parametrize("then, status", [([], 408), ([{"type": "http.disconnect"}], 400)])
def test_body_that_does_not_arrive(reader: Reader, then: list[dict[str, Any]], status: int) -> None:
    begun = {"type": "http.request", "body": b"\x89PNG", "more_body": True}
    app = create_app(reader, limits=Limits(body_seconds=0.05))
    assert asyncio.run(ask(app, [begun, *then]))[0]["status"] == status


def test_places_wait_and_then_turn_away() -> None:
    async def three() -> None:
        places = Places(1, 2, 0.7)

        async def take(address: str) -> str:
            async with places.place(address):
                return address

        async with places.place("a"):
            waits = [asyncio.create_task(take("a"))]
            await asyncio.sleep(0)
            with pytest.raises(HTTPException, match="busy"):  # it has its share, two of three
                await take("a")
            waits.append(asyncio.create_task(take("b")))
            await asyncio.sleep(0)
            with pytest.raises(HTTPException, match="busy"):  # as many wait as may
                await take("c")
        assert await asyncio.gather(*waits) == ["a", "b"]
        assert await take("a") == "a"

    asyncio.run(three())


# --- who may ask


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"host": "livedigits.example"}, 403),
        ({"host": "localhost.evil.example"}, 403),
        ({"host": "192.168.1.7:8420"}, 403),
        ({"host": "user@localhost"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "file://localhost:8420"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": HERE, "sec-fetch-site": "same-origin"}, 200),
        ({"host": "127.0.0.1:8420", "origin": "http://127.0.0.1:8420"}, 200),
        ({"host": "[::1]:8420"}, 200),
        ({}, 200),
    ],
)
def test_foreign_pages_cannot_post_or_stream(
    client: TestClient, picture: bytes, headers: dict[str, str], status: int
) -> None:
    response = client.post("/api/read", content=picture, headers=headers)
    assert response.status_code == status
    if status == 403:
        refused(response, 403)
        with pytest.raises(WebSocketDisconnect), connected(client, "/api/live", headers):
            pass
    else:
        with connected(client, "/api/live", headers) as stream:
            stream.send_bytes(picture)
            assert stream.receive_json()["text"] == "407"


@pytest.mark.parametrize(
    "bound, header, allowed",
    [
        ("127.0.0.1", "localhost:1", True),
        ("127.0.0.1", "LOCALHOST", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("127.0.0.1", "localhost:port", False),
        ("127.0.0.1", "localhost/path", False),
        ("::1", "[::1]:80", True),
        ("0.0.0.0", "10.0.0.1:8420", True),
        ("0.0.0.0", f"{socket.gethostname()}:8420", True),
        ("0.0.0.0", "rebound.example", False),
        ("desk.lan", "desk.lan", True),
        ("desk.lan", None, False),
    ],
)
def test_host_names(bound: str, header: str | None, allowed: bool) -> None:
    assert Hosts(bound).allows(header) is allowed


def test_why_says_which_parts_of_a_crop_speak_for_its_digit(client: TestClient) -> None:
    image = encoded(pages.page("7")[0])
    (digit,) = client.post("/api/read?details=1", content=image).json()["digits"]
    asked = {key: digit[key] for key in ("crop", "around", "digit")}
    evidence = client.post("/api/why", json=asked).json()["evidence"]
    assert len(evidence) == 784 and max(evidence) > 0.5
    assert client.post("/api/why", json={**asked, "digit": 1}).json()["evidence"] != evidence
    for wrong in ({**asked, "digit": 10}, {**asked, "digit": "7"}, {**asked, "crop": "AAAA"}, {**asked, "crop": 3}, []):
        refusal = client.post("/api/why", json=wrong)
        assert refusal.status_code == 400 and "crop, around, digit" in refusal.json()["error"]
    assert client.post("/api/why", content=b"x" * 20_000).status_code == 413


def test_every_answer_has_the_security_headers(client: TestClient) -> None:
    answers = [client.get("/"), client.get("/static/main.js"), client.get("/api/info"), client.get("/nowhere")]
    answers += [client.post("/api/read"), client.get("/", headers={"host": "evil.example"})]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_page_is_light_and_its_own(client: TestClient) -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 200_000
    for path in files:
        text = path.read_bytes().decode(errors="replace").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://[\w.]", text), path.name
        assert client.get(f"/static/{path.name}").status_code == 200
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404


def test_description_states_routes_and_limits(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert client.request(method, path).status_code != 404
    assert "20 MB and 24 megapixels" in document["paths"]["/api/read"]["post"]["description"]
    assert "/api/live" in document["info"]["description"]
    number = document["components"]["schemas"]["Number"]
    assert number["properties"]["complete"]["type"] == "boolean" and "complete" in number["required"]
    names = re.findall(r"#/components/schemas/(\w+)", json.dumps(document))
    assert set(names) <= set(document["components"]["schemas"])


def test_annotated_pictures_leave_nothing_behind(
    client: Any, picture: bytes, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    response = client.post("/api/annotate", content=picture)
    assert response.status_code == 200 and int(response.headers["content-length"]) == len(response.content)
    monkeypatch.setattr("cv2.imwrite", lambda *_: False)
    assert "no room" in refused(client.post("/api/annotate", content=picture), 507)
    assert list(tmp_path.iterdir()) == []
