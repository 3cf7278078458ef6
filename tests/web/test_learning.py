"""Corrections through the server: what a box truly shows is learned for all who read, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")
from starlette.testclient import TestClient

from livedigits.profiles import file
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.reader import Reader
from livedigits.types import NO_DIGIT
from tests.profiles.hand import odd_seven, odd_strokes
from tests.serving import connected, encoded, refused, started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hand.npz"


@pytest.fixture
def taught(reader: Reader, path: Path) -> Iterator[TestClient]:
    with started(Reader(reader.classifier, learned=WatchedProfile(path, reader.classifier))) as client:
        yield client


def digits(client: TestClient, seed: int) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = client.post("/api/read", content=encoded(odd_seven(seed))).json()["digits"]  # type: ignore[type-arg]
    return found


def box(digit: dict) -> str:  # type: ignore[type-arg]
    return ",".join(map(str, digit["box"]))


def test_what_one_browser_teaches_all_read_and_it_can_be_taken_back(taught: TestClient, path: Path) -> None:
    (wrong,) = digits(taught, 0)
    assert wrong["digit"] == 9
    with connected(taught, "/api/live") as other:
        other.send_bytes(encoded(odd_seven(3)))
        assert other.receive_json()["text"] == "9"
        response = taught.post(f"/api/learn?digit=7&box={box(wrong)}", content=encoded(odd_seven(0)))
        assert (response.json()["digit"], response.json()["samples"]) == ("7", 1)
        other.send_bytes(encoded(odd_seven(4)))
        assert other.receive_json()["digits"][0]["digit"] == 7
    assert [digit["digit"] for digit in digits(taught, 3)] == [7]
    profile = taught.get("/api/info").json()["profile"]
    assert (profile["name"], profile["samples"], profile["counts"][7]) == (str(path), 1, 1)
    assert taught.post(f"/api/learn/undo?key={response.json()['key']}").json() == {"samples": 0}
    assert [digit["digit"] for digit in digits(taught, 3)] == [9]
    assert "cannot be taken back" in refused(taught.post(f"/api/learn/undo?key={response.json()['key']}"), 409)


def test_each_body_that_the_description_names_is_learned_from(taught: TestClient, path: Path) -> None:
    document = taught.get("/api/openapi.json").json()
    asked = document["paths"]["/api/learn"]["post"]
    (line,) = odd_strokes(0)
    points = (40 + 120 * line).tolist()
    drawing = {"width": 200, "height": 200, "strokes": [{"points": points, "width": 8}]}
    (wrong,) = digits(taught, 1)
    picture = encoded(odd_seven(1))
    bodies = {
        "image/*": {"content": picture, "headers": {"content-type": "image/png"}},
        "multipart/form-data": {"files": {"file": picture}},
        "application/json": {"json": drawing},
    }
    content = asked["requestBody"]["content"]
    assert set(content) == set(bodies)
    schema = document["components"]["schemas"][content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
    assert set(schema["required"]) == set(drawing) and "strokes" in asked["description"]
    for kind, body in bodies.items():
        where = "40,40,130,130" if kind == "application/json" else box(wrong)
        assert taught.post(f"/api/learn?digit=7&box={where}", **body).json()["digit"] == "7", kind  # type: ignore[arg-type]
    assert file.load(path)[0].labels.tolist() == [7, 7]  # that of the picture is the same twice


def test_none_is_learned_and_an_earlier_label_comes_back(taught: TestClient, path: Path) -> None:
    picture = encoded(odd_seven(0))
    (wrong,) = digits(taught, 0)
    keys = [
        taught.post(f"/api/learn?digit={digit}&box={box(wrong)}", content=picture).json()["key"]
        for digit in ("7", "none")
    ]
    assert file.load(path)[0].labels.tolist() == [NO_DIGIT]
    assert digits(taught, 0) == []
    taught.post(f"/api/learn/undo?key={keys[1]}")
    assert file.load(path)[0].labels.tolist() == [7]


@pytest.mark.parametrize(
    "query, status, says",
    [
        ("digit=12&box=1,2,30,40", 400, "0 to 9"),
        ("digit=%D9%A1&box=1,2,30,40", 400, "0 to 9"),
        ("box=1,2,30,40", 400, "0 to 9"),
        ("digit=7", 400, "four numbers"),
        ("digit=7&box=1,2,3", 400, "four numbers"),
        ("digit=7&box=1,2,nan,4", 400, "four numbers"),
        ("digit=7&box=1,2,1e300,4", 400, "four numbers"),
        ("digit=7&box=1,2,0,4", 400, "four numbers"),
        ("digit=7&box=500,2,30,40", 400, "outside the picture"),
        ("digit=7&box=0,0,12,12", 400, "no ink in the box"),
    ],
)
def test_what_is_no_correction_is_refused(taught: TestClient, path: Path, query: str, status: int, says: str) -> None:
    assert says in refused(taught.post(f"/api/learn?{query}", content=encoded(odd_seven(0))), status)
    assert not path.exists()


def test_pictures_and_origins_are_checked_as_everywhere(taught: TestClient, path: Path) -> None:
    asked = "/api/learn?digit=7&box=1,2,30,40"
    refused(taught.post(asked, content=b"no picture"), 415)
    refused(taught.post(asked, content=b""), 400)
    foreign = {"origin": "http://evil.example"}
    refused(taught.post(asked, content=encoded(odd_seven(0)), headers=foreign), 403)
    refused(taught.post("/api/learn/undo?key=1", headers=foreign), 403)
    assert not path.exists()


def test_without_a_profile_nothing_is_learned(client: TestClient) -> None:
    assert client.get("/api/info").json()["profile"] is None
    asked = client.post("/api/learn?digit=7&box=1,2,30,40", content=encoded(odd_seven(0)))
    assert "--no-profile" in refused(asked, 409)


def test_a_damaged_file_is_said_and_left_as_it_is(taught: TestClient, path: Path) -> None:
    (wrong,) = digits(taught, 0)
    path.write_bytes(b"x")
    asked = taught.post(f"/api/learn?digit=7&box={box(wrong)}", content=encoded(odd_seven(0)))
    assert "no profile of livedigits" in refused(asked, 409)
    assert path.read_bytes() == b"x"


def test_others_on_the_network_are_not_told_the_folder(reader: Reader, path: Path) -> None:
    learned = Reader(reader.classifier, learned=WatchedProfile(path, reader.classifier))
    with started(learned, "0.0.0.0") as client:
        told = client.get("/api/info", headers={"host": "127.0.0.1"}).json()["profile"]
    assert told["name"] == "hand.npz"
