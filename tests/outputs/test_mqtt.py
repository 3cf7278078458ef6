from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import OutputError
from livedigits.outputs import outbox
from livedigits.outputs.broker import PASSWORD, USER, Broker, parse_broker
from livedigits.outputs.changes import Changes
from livedigits.types import FieldValue, Frame, Result
from tests.broker import Listener, Mosquitto
from tests.outputs.numbers import page
from tests.test_cli import invoke, picture

from livedigits.outputs.mqtt import Mqtt  # isort: skip  # after tests.broker, which skips where the extra is missing

BLANK = np.zeros((60, 80, 3), np.uint8)
TOPIC, STATUS = "livedigits/desk", "livedigits/desk/status"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(outbox, "FAREWELL", 0.2)
    for name in (USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as mosquitto:
        yield mosquitto


@pytest.fixture
def listener(mosquitto: Mosquitto) -> Iterator[Listener]:
    with Listener(mosquitto.port) as listener:
        yield listener


def to(port: int, **more: object) -> Broker:
    return Broker("127.0.0.1", port, False, TOPIC, **more)  # type: ignore[arg-type]


def result(index: int, *texts: str, **fields: FieldValue) -> Result:
    return Result(Frame(BLANK, index, index / 16, "0", at=1764000000.0), page(*(texts or (str(index),))), fields)


def value(text: str) -> FieldValue:
    return FieldValue(text, int(text) if text.isdecimal() else None, 0.9, "read", (0, 0, 9, 9))


def test_values_are_published_in_their_order_and_retained(mosquitto: Mosquitto, listener: Listener) -> None:
    lines: list[str] = []
    with Mqtt(to(mosquitto.port), Changes(every=True), lines.append) as sink:
        for i in range(20):
            sink.write(result(i))
        states = listener.wait_at(TOPIC, 20)
        assert [each["frame"] for each in states] == list(range(20))
        assert states[7]["numbers"] == [{"text": "7", "confidence": 0.9, "complete": True}] and "at" in states[7]
        with Listener(mosquitto.port) as late:  # who comes later knows, too
            assert json.loads(late.wait(TOPIC))["frame"] == 19
            late.wait(STATUS, "online")
    listener.wait(STATUS, "offline")
    assert lines == []


def test_only_what_is_news_is_published(mosquitto: Mosquitto, listener: Listener) -> None:
    with Mqtt(to(mosquitto.port), Changes(), print) as sink:
        for i in range(40):
            sink.write(result(i, "12" if i < 20 else "13"))
    assert [each["frame"] for each in listener.wait_at(TOPIC, 2)] == [4, 24]


def test_it_is_online_before_there_is_anything_to_say(mosquitto: Mosquitto, listener: Listener) -> None:
    with Mqtt(to(mosquitto.port), Changes(), print):
        listener.wait(STATUS, "online")


def test_the_broker_tells_of_who_goes_without_a_farewell(mosquitto: Mosquitto, listener: Listener) -> None:
    command = (
        "import sys, time; from livedigits.outputs.mqtt import Mqtt; from livedigits.outputs.broker import Broker\n"
        "from livedigits.outputs.changes import Changes\n"
        f"with Mqtt(Broker('127.0.0.1', {mosquitto.port}, False, {TOPIC!r}), Changes(), print): sys.stdin.read()"
    )
    process = subprocess.Popen([os.sys.executable, "-c", command], stdin=subprocess.PIPE)  # type: ignore[attr-defined]
    listener.wait(STATUS, "online")
    process.kill()
    process.wait()
    listener.wait(STATUS, "offline")
    assert process.stdin is not None
    process.stdin.close()


def test_what_is_read_while_the_broker_is_away_is_there_when_it_is_back(mosquitto: Mosquitto) -> None:
    lines: list[str] = []
    with Mqtt(to(mosquitto.port), Changes(every=True), lines.append) as sink:
        sink.write(result(0))
        with Listener(mosquitto.port) as listener:
            listener.wait_at(TOPIC, 1)
        mosquitto.down()
        for i in range(1, 10):
            sink.write(result(i))
        mosquitto.up()
        with Listener(mosquitto.port) as listener:
            listener.wait(TOPIC)
            while listener.at(TOPIC)[-1]["frame"] < 9:
                listener.wait_at(TOPIC, len(listener.at(TOPIC)) + 1)
            seen = [each["frame"] for each in listener.at(TOPIC)]
            listener.wait(STATUS, "online")
    assert seen == list(range(seen[0], 10))  # from what was retained when we listened on, in order
    assert "it is tried again" in lines[0] and "takes results again" in lines[-1]


def test_it_comes_back_by_itself_with_nothing_to_say(mosquitto: Mosquitto) -> None:
    with Mqtt(to(mosquitto.port), Changes(), lambda line: None):
        with Listener(mosquitto.port) as listener:
            listener.wait(STATUS, "online")
        mosquitto.down()
        mosquitto.up()
        with Listener(mosquitto.port) as listener:
            listener.wait(STATUS, "online")


def test_no_broker_at_the_end_is_counted_and_told(tmp_path: Path) -> None:
    port = Mosquitto(tmp_path).port  # which is not up
    lines: list[str] = []
    why = "2 of 2 results were not delivered: connection refused"
    with pytest.raises(OutputError, match=why), Mqtt(to(port), Changes(every=True), lines.append) as sink:
        sink.write(result(0))
        sink.write(result(1))
    assert lines == [
        f"mqtt://127.0.0.1:{port}/{TOPIC}: connection refused; up to 2000 results wait, and it is tried again"
    ]


@pytest.mark.train
def test_home_assistant_is_told_of_each_field(mosquitto: Mosquitto, listener: Listener) -> None:
    names = ("home", "Gäste / 'heute'")
    with Mqtt(to(mosquitto.port), Changes(every=True), print, fields=names) as sink:
        sink.write(result(0, **{names[0]: value("12"), names[1]: value("9:30")}))
        (state,) = listener.wait_at(TOPIC, 1)
    assert [state["fields"][name]["text"] for name in names] == ["12", "9:30"]
    configs = [(place, json.loads(text)) for place, text in listener.heard if place.startswith("homeassistant/")]
    assert [config["name"] for _, config in configs] == list(names)
    assert len({config["unique_id"] for _, config in configs}) == 2
    for place, config in configs:
        assert re.fullmatch(r"homeassistant/sensor/[\w-]+/[\w-]+/config", place, re.ASCII)
        assert config["state_topic"] == TOPIC and config["availability_topic"] == STATUS
        assert config["device"]["identifiers"] == configs[0][1]["device"]["identifiers"]
        shown = template(config["value_template"], state)
        assert shown == {"home": "12"}.get(config["name"], "9:30")
        refused = {**state, "fields": {name: {**state["fields"][name], "state": "refused"} for name in names}}
        assert template(config["value_template"], refused) == "None"  # which Home Assistant shows as unknown


@pytest.mark.train
def test_home_assistant_is_told_of_numbers_or_of_nothing(mosquitto: Mosquitto, listener: Listener) -> None:
    with Mqtt(to(mosquitto.port, discovery="ha"), Changes(every=True), print) as sink:
        sink.write(result(0, "12", "9"))
        (state,) = listener.wait_at(TOPIC, 1)
    (config,) = [json.loads(text) for place, text in listener.heard if place.startswith("ha/sensor/")]
    assert template(config["value_template"], state) == "12 9"
    listener.heard.clear()
    with Mqtt(to(mosquitto.port, discovery=""), Changes(every=True), print) as sink:
        sink.write(result(0))
        listener.wait_at(TOPIC, 1)
    assert {place for place, _ in listener.heard} <= {TOPIC, STATUS}


def template(text: str, state: object) -> str:
    """What Home Assistant makes of a template, which is one of Jinja's."""
    jinja2 = pytest.importorskip("jinja2", reason="Jinja2, an extra of training, is not installed")
    return str(jinja2.Environment().from_string(text).render(value_json=state))


def test_the_password_stands_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("mosquitto_passwd is not installed")
    subprocess.run([program, "-c", "-b", str(tmp_path / "users"), "desk", "s3cret"], check=True, capture_output=True)
    with Mosquitto(tmp_path, "allow_anonymous false", f"password_file {tmp_path / 'users'}") as mosquitto:
        lines: list[str] = []
        sink = Mqtt(to(mosquitto.port, user="desk"), Changes(every=True), lines.append)
        with pytest.raises(OutputError, match="says: Not authorized"), sink:
            sink.write(result(0))
        assert "says: Not authorized" in lines[0]
        monkeypatch.setenv(PASSWORD, "s3cret")
        for user in ("desk", None):
            monkeypatch.setenv(USER, "desk" if user is None else "other")
            with Mqtt(to(mosquitto.port, user=user), Changes(every=True), print) as sink:
                sink.write(result(0))


def test_tls_with_a_certificate_that_is_trusted_and_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([program, *new, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with Mosquitto(tmp_path, f"certfile {certificate}", f"keyfile {key}") as mosquitto:
        broker = Broker("localhost", mosquitto.port, True, TOPIC)
        why = r"its certificate or TLS is not accepted \(self.signed certificate\)"
        with pytest.raises(OutputError, match=why), Mqtt(broker, Changes(every=True), lambda line: None) as sink:
            sink.write(result(0))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Mqtt(broker, Changes(every=True), print) as sink:
            sink.write(result(0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mqtt://localhost/desk", Broker("localhost", 1883, False, "desk")),
        ("mqtts://broker.example/a/b", Broker("broker.example", 8883, True, "a/b")),
        ("mqtt://me@[::1]:1884/a%20b/", Broker("::1", 1884, False, "a b", user="me")),
        ("mqtt://localhost/desk?discovery=", Broker("localhost", 1883, False, "desk", "")),
        ("mqtt://localhost/desk?discovery=ha/x", Broker("localhost", 1883, False, "desk", "ha/x")),
    ],
)
def test_a_broker_and_topic(text: str, expected: Broker) -> None:
    assert parse_broker(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "http://localhost/x",
        "mqtt:///x",
        "mqtt://localhost",
        "mqtt://localhost/",
        "mqtt://localhost/a/#",
    ]
    + [
        "mqtt://localhost:0x/a",
        "mqtt://localhost/$SYS",
        "mqtt://localhost/a?qos=1",
        "mqtt://localhost/%00",
        "mqtt://a..b/x",
    ],
)
def test_what_is_no_broker(text: str) -> None:
    with pytest.raises(ValueError, match="topic|give mqtt://"):
        parse_broker(text)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match=PASSWORD) as refusal:
        parse_broker("mqtt://me:s3cret@localhost/desk")
    assert "s3cret" not in str(refusal.value)


def test_pictures_are_published_by_the_command(mosquitto: Mosquitto, listener: Listener, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    done = invoke("image", path, "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}/{TOPIC}")
    assert done.exit_code == 0, done.stderr
    assert [each["source"] for each in listener.wait_at(TOPIC, 1)] == [str(path)]
