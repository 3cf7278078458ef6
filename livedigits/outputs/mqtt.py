"""A sink: what the picture holds as the retained state of an MQTT topic, and how Home Assistant finds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from livedigits.outputs.broker import PASSWORD, USER, Broker
from livedigits.outputs.changes import Changes
from livedigits.outputs.home_assistant import configurations
from livedigits.outputs.outbox import PATIENCE, Outbox, Unreachable
from livedigits.types import Result

_KEEPALIVE = 30  # s; the broker tells that this is gone after half as much again
_ONLINE, _OFFLINE = "online", "offline"  # as Home Assistant expects where nothing else is said


class Mqtt:
    """Publishes what the picture holds (News.values) whenever that is news, retained, so that who comes later knows it.

    The topic's `status` is "online" while this runs; the broker itself says "offline" where it went without a farewell
    (its last will). Home Assistant is told of a sensor for each field, or of one for all numbers. Each value is
    acknowledged (QoS 1) before the next is sent; while the broker is away they wait, and are sent in their order.

    Parameters
    ----------
    broker : where to; its password is that in the environment (PASSWORD)
    changes : which results are news
    say : gets a line when it is not reached, and when it is back
    live : reading waits for nothing
    fields : the names of the fields; none for numbers

    Raises
    ------
    LivedigitsError: at the end: something was not delivered
    """

    def __init__(
        self,
        broker: Broker,
        changes: Changes,
        say: Callable[[str], object],
        live: bool = True,
        fields: Sequence[str] = (),
    ) -> None:
        self._broker = broker
        self._changes = changes
        self._fields = fields
        # Kept from connection to connection: a broker that thinks that the last one is still there ends it then, and
        # does not tell us dead long after we have come back.
        self._id = f"livedigits-{uuid.uuid4().hex[:16]}"
        self._connection: _Connection | None = None
        self._outbox: Outbox = Outbox(broker.name, self._deliver, say, live)

    def __enter__(self) -> Mqtt:
        self._outbox.open()
        self._outbox.remind()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._outbox.close(quietly=kind is not None)
        finally:
            if self._connection is not None:
                self._connection.close(self._broker.status)

    def write(self, result: Result) -> None:
        """Queues what a result holds where that is news."""
        news = self._changes.update(result)
        if news is not None:
            self._outbox.put(json.dumps(news.values()).encode("ascii"))

    def _deliver(self, state: bytes | None) -> None:
        """Publishes a state; None only has it be connected."""
        if self._connection is None or not self._connection.alive:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._connection = _Connection(self._broker, self._id, self._outbox.remind)
            self._connection.publish(self._broker.status, _ONLINE)
            for topic, config in configurations(self._broker, self._fields):
                self._connection.publish(topic, json.dumps(config))
        if state is not None:
            self._connection.publish(self._broker.topic, state)


class _Connection:
    """One connection to a broker; `lost` is called when it breaks.

    Raises
    ------
    Unreachable: there is none; publish(): what was published was not acknowledged
    """

    def __init__(self, broker: Broker, name: str, lost: Callable[[], object]) -> None:
        self.alive = False
        self._lost = lost
        self._answered = threading.Event()
        self._answer: ReasonCode | None = None
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, reconnect_on_failure=False)
        self._client.connect_timeout = PATIENCE
        self._client.will_set(broker.status, _OFFLINE, qos=1, retain=True)
        user = broker.user if broker.user is not None else os.environ.get(USER)
        if user is not None:
            self._client.username_pw_set(user, os.environ.get(PASSWORD))
        if broker.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        try:
            self._client.connect(broker.host, broker.port, _KEEPALIVE)
        except (OSError, ValueError) as error:
            raise Unreachable(_reason(error)) from error
        self._client.loop_start()
        self._answered.wait(PATIENCE)
        if not self.alive:
            self.close()
            raise Unreachable(f"no answer within {PATIENCE:.0f} s" if self._answer is None else f"says: {self._answer}")

    def publish(self, topic: str, payload: str | bytes) -> None:
        """Publishes, retained, and waits until the broker has it."""
        until = time.monotonic() + PATIENCE
        with contextlib.suppress(ValueError, RuntimeError):  # paho's: it is not connected
            info = self._client.publish(topic, payload, qos=1, retain=True)
            while self.alive and not info.is_published() and time.monotonic() < until:
                info.wait_for_publish(0.1)
            if info.is_published():
                return
        broken = not self.alive
        self.close()
        raise Unreachable("it broke the connection off" if broken else f"no answer within {PATIENCE:.0f} s")

    def close(self, status: str | None = None) -> None:
        """Ends it; to a status it says that this is gone."""
        alive, self.alive = self.alive, False
        if alive and status is not None:
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(status, _OFFLINE, qos=1, retain=True).wait_for_publish(1.0)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: object, data: object, flags: object, reason: ReasonCode, properties: object) -> None:
        self._answer = reason
        self.alive = not reason.is_failure
        self._answered.set()

    def _disconnected(self, *_: object) -> None:
        alive, self.alive = self.alive, False
        self._answered.set()
        if alive:
            self._lost()


def _reason(error: Exception) -> str:
    """Why there is no connection, in a few words."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return "there is no such host"
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or error.reason or str(error)
        return f"its certificate or TLS is not accepted ({why.lower()})"
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:.0f} s"
    return (getattr(error, "strerror", None) or str(error)).lower()
