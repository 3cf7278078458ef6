"""A real MQTT broker on loopback, and somebody who listens to it; skips where mosquitto is not installed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("paho", reason="the extra mqtt is not installed")
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")


class Mosquitto:
    """A broker in a process of its own, at a port that it keeps; what is retained outlives it.

    Parameters
    ----------
    folder : an empty one, for what it keeps
    lines : further lines of its configuration
    """

    def __init__(self, folder: Path, *lines: str) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        anonymous = [] if any("allow_anonymous" in line for line in lines) else ["allow_anonymous true"]
        kept = ["persistence true", f"persistence_location {folder}/", "user root", "connection_messages false"]
        self._config.write_text("\n".join([f"listener {self.port} 127.0.0.1", *kept, *anonymous, *lines, ""]))
        self._process: subprocess.Popen[str] | None = None

    def up(self) -> None:
        """Start, and return once it listens."""
        command = [str(MOSQUITTO), "-c", str(self._config)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if " running" in line:
                break
        else:
            pytest.fail("mosquitto does not start")
        threading.Thread(target=self._process.stderr.read, daemon=True).start()  # so that it never waits for us

    def down(self) -> None:
        """End it, all connections with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def __enter__(self) -> Mosquitto:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()


class Listener:
    """Hears everything that is published, and what was retained.

    Attributes
    ----------
    heard : topic and payload of each message, in their order
    """

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_connect = lambda *_: self._client.subscribe("#", qos=1)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Listener:
        self._client.loop_start()
        assert self._subscribed.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def connected(self) -> bool:
        return self._client.is_connected()

    def take(self, topic: str) -> list[Any]:
        """The objects published at a topic since this was asked before."""
        with self._changed:
            taken = [json.loads(text) for place, text in self.heard if place == topic]
            self.heard = [each for each in self.heard if each[0] != topic]
            return taken

    def wait(self, topic: str, payload: str | None = None) -> str:
        """Wait for a message at a topic, of this payload; its payload."""

        def found() -> list[str]:
            return [text for place, text in self.heard if place == topic and payload in (None, text)]

        with self._changed:
            assert self._changed.wait_for(found, 30), (topic, payload, self.heard)
            return found()[-1]

    def at(self, topic: str) -> list[Any]:
        """The objects published at a topic."""
        with self._changed:
            return [json.loads(text) for place, text in self.heard if place == topic]

    def wait_at(self, topic: str, count: int) -> list[Any]:
        """The objects published at a topic, once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: sum(place == topic for place, _ in self.heard) >= count, 30)
        return self.at(topic)

    def _on_message(self, client: object, data: object, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, message.payload.decode("utf-8")))
            self._changed.notify_all()
