"""The way for phones: TLS with a certificate of our own that is kept, a key, and a QR code with the address of both."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import http.client
import json
import os
import re
import socket
import ssl
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("cryptography", reason="the extra phone is not installed")
pytest.importorskip("segno", reason="the extra phone is not installed")
from click.testing import CliRunner
from cryptography import x509
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from livedigits import cli
from livedigits.errors import LivedigitsError
from livedigits.outputs import hosts
from livedigits.recognition.reader import Reader
from livedigits.web import certificate
from livedigits.web.app import create_app
from livedigits.web.phone import COOKIE, Phone
from livedigits.web.qr_code import blocks, svg
from livedigits.web.server import Faults, server_for_phones
from tests.qr_code import decoded
from tests.serving import refused

DESK, DOOR = "http://localhost:8420", "https://192.0.2.7:8421"
KEPT = certificate.Certificate(Path("phone.pem"), "AB:CD")
KEY = "Vq3xT0pPzKcF1nB7mWyR2A"
BEGIN = b"-----BEGIN CERTIFICATE-----"


# --- the certificate


def loaded(path: Path) -> Any:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_certificate_is_kept_for_its_user_alone_and_used_again(tmp_path: Path) -> None:
    path = tmp_path / "config" / "phone.pem"
    first = certificate.certificate(["192.0.2.7"], path)
    content = path.read_bytes()
    assert certificate.certificate(["192.0.2.7"], path) == first and path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == ["phone.pem"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    days = loaded(path).not_valid_after_utc - loaded(path).not_valid_before_utc
    assert days <= datetime.timedelta(days=398)  # browsers refuse others
    der = ssl.PEM_cert_to_DER_cert(content[content.index(BEGIN) :].decode())
    assert first.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()


def test_a_certificate_is_made_anew_for_another_address_and_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "phone.pem"
    first = certificate.certificate(["192.0.2.7"], path)
    second = certificate.certificate(["198.51.100.2", "2001:db8::5"], path)
    assert second != first
    names = loaded(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "198.51.100.2", "2001:db8::5"}
    assert certificate.certificate(["198.51.100.2"], path) == second
    monkeypatch.setattr(certificate, "LEFT", certificate.DAYS)
    assert certificate.certificate(["198.51.100.2"], path) != second


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_key_that_others_could_read_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    first = certificate.certificate(["192.0.2.7"], path)
    path.chmod(0o644)
    assert certificate.certificate(["192.0.2.7"], path) != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_certificate_is_one_line_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    certificate.certificate(["192.0.2.7"], path)
    one = path.read_bytes()
    path.unlink()
    certificate.certificate(["192.0.2.7"], path)
    other = path.read_bytes()
    mixed = other[: other.index(BEGIN)] + one[one.index(BEGIN) :]
    for content in (b"", b"notes", one[:300], one[one.index(BEGIN) :], mixed):
        path.write_bytes(content)
        with pytest.raises(LivedigitsError, match="delete it, and new ones are made") as error:
            certificate.certificate(["192.0.2.7"], path)
        assert str(path) in str(error.value) and path.read_bytes() == content


def test_a_file_that_cannot_be_read_or_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "phone.pem").mkdir()
    with pytest.raises(LivedigitsError, match=r"phone\.pem cannot be read: "):
        certificate.certificate(["192.0.2.7"], tmp_path / "phone.pem")
    (tmp_path / "file").write_text("")
    with pytest.raises(LivedigitsError, match=r"phone\.pem cannot be (read|written): "):
        certificate.certificate(["192.0.2.7"], tmp_path / "file" / "phone.pem")


def test_every_address_of_a_machine_is_named_where_all_are_served() -> None:
    assert certificate.addresses("192.0.2.7") == ["192.0.2.7"] and certificate.addresses("::1") == ["::1"]
    everything = certificate.addresses("0.0.0.0")
    assert "127.0.0.1" in everything and not any(":" in address for address in everything)


# --- the QR code


def painted(svg: str) -> np.ndarray:
    """The dark runs of the code's SVG, a px a module, (h, w) uint8."""
    side = int(re.findall(r"M0 0h(\d+)v", svg)[0])
    image = np.full((side, side), 255, np.uint8)
    x = y = 0.0
    for step, across, down in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", svg.split('stroke="#000" d="')[1]):
        if step == "h":
            image[int(y), int(x) : int(x + float(across))] = 0
        along, below = float(across), float(down or 0)
        x, y = (along, below) if step == "M" else (x + along, y + below)
    return image


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::5"])
def test_the_code_on_the_page_says_the_address(host: str) -> None:
    door = Phone(host, 8421, KEPT, KEY)
    assert decoded(painted(svg(door.address).decode())) == door.address
    assert door.address.startswith("https://") and KEY in door.address


def test_the_code_in_the_terminal_says_the_address() -> None:
    door = Phone("192.0.2.7", 8421, KEPT, KEY)
    halves = {" ": (0, 0), "\u2580": (255, 0), "\u2584": (0, 255), "\u2588": (255, 255)}
    lines = blocks(door.address)
    assert len(lines) <= 20  # a terminal has 24
    image = np.array([[halves[sign][half] for sign in line] for line in lines for half in (0, 1)], np.uint8)
    assert decoded(image) == door.address


def test_each_start_has_another_key() -> None:
    keys = {Phone("192.0.2.7", 8421, KEPT).key for _ in range(2)}
    assert len(keys) == 2 and all(len(key) >= 22 for key in keys)  # 128 bits


# --- who is let in


@pytest.fixture
def door() -> Phone:
    return Phone("192.0.2.7", 8421, KEPT)


@pytest.fixture
def app(reader: Reader, door: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr("livedigits.web.cameras._attached", lambda: ["0"])
    with TestClient(create_app(reader, door=door), DESK) as client:
        yield client.app


def test_nobody_comes_in_from_the_network_without_the_key(app: Any, door: Phone) -> None:
    phone = TestClient(app, DOOR)
    for path in ("/", "/api/info", "/static/main.js", "/api/openapi.json", "/nothing"):
        assert "QR code" in refused(phone.get(path), 401)
    assert "QR code" in refused(phone.post("/api/read", content=b"x"), 401)
    with pytest.raises(WebSocketDisconnect), phone.websocket_connect("wss://192.0.2.7:8421/api/live"):
        pass
    for wrong in ("x", door.key[:-1], door.key + "x", "%c3%a4", "\u0661"):
        assert "scan the QR code again" in refused(phone.get(f"/phone/{wrong}"), 401)
        refused(phone.get("/api/info", headers={"cookie": f"{COOKIE}={wrong}".encode()}), 401)
    refused(phone.get("/api/info", headers={"cookie": "\x01; =;;"}), 401)


def test_who_has_the_key_comes_in_and_keeps_it_out_of_the_address(app: Any, door: Phone, picture: bytes) -> None:
    phone = TestClient(app, DOOR)
    answer = phone.get(f"/phone/{door.key}", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/#/camera"
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=lax", "path=/")) and "domain" not in cookie
    assert phone.get("/").status_code == 200
    assert phone.post("/api/read", content=picture).json()["text"] == "407"
    headers = {"host": "192.0.2.7:8421", "cookie": f"{COOKIE}={door.key}"}
    with phone.websocket_connect("wss://192.0.2.7:8421/api/live", headers=headers) as live:
        live.send_bytes(picture)
        assert json.loads(live.receive_text())["text"] == "407"


def test_the_key_alone_makes_nobody_local(app: Any, door: Phone) -> None:
    phone, desk = TestClient(app, DOOR), TestClient(app, DESK)
    phone.get(f"/phone/{door.key}")
    told = phone.get("/api/info").json()
    assert told["phone"] is None and told["cameras"] == []
    refused(phone.get("/api/phone.svg"), 404)
    told = desk.get("/api/info").json()
    assert told["phone"] == {"address": door.address, "fingerprint": "AB:CD"} and told["cameras"] == ["0"]
    shown = desk.get("/api/phone.svg")
    assert shown.headers["content-type"] == "image/svg+xml" and decoded(painted(shown.text)) == door.address


def test_pages_of_other_sites_are_kept_out_of_the_way_for_phones(app: Any, door: Phone) -> None:
    phone = TestClient(app, DOOR)
    phone.get(f"/phone/{door.key}")
    refused(phone.get("/api/info", headers={"host": "elsewhere.example"}), 403)
    refused(phone.post("/api/read", content=b"x", headers={"origin": "https://elsewhere.example"}), 403)
    refused(phone.post("/api/read", content=b"x", headers={"origin": "https://192.0.2.7:8421"}), 415)


def test_without_phones_there_is_no_way_and_https_is_what_it_was(reader: Reader) -> None:
    with TestClient(create_app(reader), DESK) as client:
        assert client.get("/api/info").json()["phone"] is None
        assert "--phone" in refused(client.get("/api/phone.svg"), 404)
        assert "--phone" in refused(client.get("/phone/x"), 404)
    with TestClient(create_app(reader), "https://localhost:8420") as client:  # behind a proxy's TLS
        assert client.get("/api/info").status_code == 200


# --- over a real connection


@contextlib.contextmanager
def serving(reader: Reader, path: Path) -> Iterator[tuple[Phone, int]]:
    """Both servers at free ports of this machine: the way for phones, and the port of the other."""
    desk, listening = hosts.listen("127.0.0.1", 0), hosts.listen("127.0.0.1", 0)
    door = Phone("127.0.0.1", listening.getsockname()[1], certificate.certificate(["127.0.0.1"], path))
    said: list[str] = []
    server = server_for_phones(create_app(reader, door=door), listening, path)
    thread = threading.Thread(target=server.run, args=([desk],))
    with Faults(said.append):
        thread.start()
        try:
            yield door, desk.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)
    assert not thread.is_alive() and said == []


def test_a_client_that_trusts_the_certificate_speaks_tls(reader: Reader, tmp_path: Path, picture: bytes) -> None:
    path = tmp_path / "phone.pem"
    with serving(reader, path) as (door, port):
        trusts = ssl.create_default_context(cafile=str(path))
        phone = http.client.HTTPSConnection("127.0.0.1", door.port, context=trusts, timeout=30)
        phone.request("GET", f"/phone/{door.key}")
        answer = phone.getresponse()
        cookie = str(answer.getheader("set-cookie")).split(";")[0]
        answer.read()
        phone.request("POST", "/api/read", picture, {"Cookie": cookie})
        assert json.load(phone.getresponse())["text"] == "407"
        phone.close()
        with pytest.raises(ssl.SSLCertVerificationError):  # as a browser that was told nothing
            http.client.HTTPSConnection("127.0.0.1", door.port, timeout=30).request("GET", "/")
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", door.port), 30) as plain:
            plain.sendall(b"GET /api/info HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"HTTP" not in plain.recv(1000)
        desk = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        desk.request("GET", "/api/info")
        assert json.load(desk.getresponse())["phone"]["address"] == door.address
        desk.close()


# --- the command


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Phone]:
    """What the command would serve."""
    doors: list[Phone] = []

    def serve(app: Any, listening: socket.socket, door: Any) -> None:
        listening.close()
        door.listening.close()
        doors.append(door.phone)

    monkeypatch.setattr("livedigits.commands.web._serve", serve)
    monkeypatch.setattr("livedigits.web.certificate.default_path", lambda: tmp_path / "phone.pem")
    return doors


def web(*options: str) -> Any:
    return CliRunner().invoke(cli.main, ["web", "--no-open", "--phone", *options])


def one_line(result: Any) -> str:
    """The one line of a command that could not serve."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return str(line)


def test_the_command_says_where_a_phone_comes_in_and_what_its_warning_means(served: list[Phone]) -> None:
    result = web("--host", "127.0.0.1", "--port", "0")
    assert result.exit_code == 0, result.output
    (door,) = served
    assert result.stdout.splitlines()[0].startswith("livedigits is at http://127.0.0.1:")
    assert door.address in result.stdout and door.certificate.fingerprint in result.stdout
    assert "vouched for by nobody else" in result.stdout and result.stderr == ""
    assert "\x1b" not in result.stdout and "\u2588" not in result.stdout  # no code where there is no terminal


@pytest.mark.parametrize("found", ["127.0.0.1", "a-name"])
def test_no_network_is_one_line(served: list[Phone], monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setattr("livedigits.outputs.hosts.reachable", lambda host: found)
    assert "this machine is in no network" in one_line(web()) and not served


def test_a_port_that_is_taken_is_one_line(served: list[Phone]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = web("--host", "127.0.0.1", "--port", str(taken.getsockname()[1]))
    assert "try another port" in one_line(result) and not served


def test_a_certificates_file_that_is_none_is_one_line(served: list[Phone], tmp_path: Path) -> None:
    (tmp_path / "phone.pem").write_text("notes")
    assert "delete it" in one_line(web("--host", "127.0.0.1", "--port", "0")) and not served


@pytest.mark.parametrize("package", ["cryptography", "ifaddr", "segno"])
def test_a_package_that_is_missing_is_named(served: list[Phone], monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == package or name in ("livedigits.web.certificate", "livedigits.web.qr_code"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    line = one_line(web("--host", "127.0.0.1", "--port", "0"))
    assert f"--phone needs {package}: pip install 'livedigits[phone]'" in line and not served
