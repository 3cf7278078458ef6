"""Which MQTT broker and topic is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

USER, PASSWORD = "LIVEDIGITS_MQTT_USER", "LIVEDIGITS_MQTT_PASSWORD"
"""Environment variables: whom a broker knows."""


@dataclass(frozen=True)
class Broker:
    """Where values go.

    host, port, tls : the broker
    topic : where the state is; below it stands `status`, which is "online" or "offline"
    discovery : the topic below which Home Assistant looks for devices; "" tells it nothing
    user : whom the broker knows; None is nobody, or whom the environment names
    """

    host: str
    port: int
    tls: bool
    topic: str
    discovery: str = "homeassistant"
    user: str | None = None

    @property
    def name(self) -> str:
        """As messages call it."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}/{self.topic}"

    @property
    def status(self) -> str:
        """The topic that tells whether this is running."""
        return f"{self.topic}/status"


def parse_broker(text: str) -> Broker:
    """The broker and topic of "mqtt://[USER@]HOST[:PORT]/TOPIC[?discovery=PREFIX]"; mqtts:// is over TLS.

    Raises
    ------
    ValueError: it is none
    """
    try:
        parts = urlsplit(text)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        usable = parts.scheme in ("mqtt", "mqtts") and bool(parts.hostname) and "#" not in text
        (parts.hostname or "").encode("idna")
    except ValueError:
        usable = False
    if not usable or set(options) - {"discovery"}:
        raise ValueError("give mqtt://HOST/TOPIC or mqtts://HOST/TOPIC, such as mqtt://localhost/livedigits/desk")
    if parts.password is not None:
        raise ValueError(f"everybody here can see a password in a command: set {PASSWORD} instead")
    topic = unquote(parts.path).strip("/")
    discovery = options.get("discovery", "homeassistant").strip("/")
    for each in (topic, discovery):
        if re.search(r"[+#\x00]", each) or len(each.encode()) > 1000:
            raise ValueError("a topic has no '+' and no '#', and 1000 bytes at most")
    if not topic or topic.startswith("$"):
        raise ValueError("name a topic behind the host, such as mqtt://localhost/livedigits/desk")
    tls = parts.scheme == "mqtts"
    user = None if parts.username is None else unquote(parts.username)
    return Broker(str(parts.hostname), port or (8883 if tls else 1883), tls, topic, discovery, user)
