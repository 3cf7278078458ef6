"""Measures what an outage costs: python -m tests.outage [--seconds 60]

A camera sends 30 frames a second, and each frame is news for a webhook and an MQTT broker (a real one), both of which
go away for so many seconds and come back. Printed is how old frames were when all sinks had taken them, before, during
and after the outage, what arrived, and how long after its end the last of it was there.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from livedigits.live.loop import run
from livedigits.outputs import Sink
from livedigits.outputs.broker import Broker
from livedigits.outputs.changes import Changes
from livedigits.outputs.mqtt import Mqtt
from livedigits.outputs.webhook import Webhook
from livedigits.sources.camera import open_camera
from livedigits.types import Frame, Result
from tests.broker import Listener, Mosquitto
from tests.hook import Hook
from tests.mjpeg import MjpegCamera
from tests.outputs.numbers import page

FPS, AROUND, TOPIC = 30.0, 10.0, "livedigits/outage"  # s before and after the outage


class Outage:
    """What happens, and when each frame had left the loop."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.frames: list[tuple[int, float, float]] = []  # index, captured, done
        self.took: list[tuple[float, float]] = []  # captured, s that a sink computed
        self.dropped = 0
        self.gone = self.back = 0.0

    def look(self, frame: Frame) -> Any:
        """Stands in for the reader, whose own time is measured elsewhere."""
        if frame.time > 2 * AROUND + self.seconds:
            raise KeyboardInterrupt  # how a camera ends
        return SimpleNamespace(digits=page(str(frame.index)), turned=0)

    def timed(self, sink: Sink) -> Any:
        """A sink that notes how long another takes."""

        def write(result: Result) -> None:
            began = time.thread_time()
            sink.write(result)
            self.took.append((result.frame.captured, time.thread_time() - began))

        return SimpleNamespace(write=write)

    def done(self, result: Result) -> None:
        self.frames.append((result.frame.index, result.frame.captured, time.monotonic()))
        self.dropped = result.frame.dropped

    def happens(self, hook: Hook, broker: Mosquitto) -> None:
        time.sleep(AROUND)
        self.gone = time.monotonic()
        hook.down()
        broker.down()
        time.sleep(self.seconds)
        hook.up()
        broker.up()
        self.back = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long both are away")
    outage = Outage(parser.parse_args().seconds)
    lines: list[str] = []
    with ExitStack() as stack:
        hook = stack.enter_context(Hook())
        broker = stack.enter_context(Mosquitto(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        states: list[int] = []
        arrived: dict[str, list[tuple[float, int]]] = {"webhook": [], "mqtt": []}
        stop = threading.Event()
        watch = threading.Thread(target=_watch, args=(hook, broker.port, arrived, states, stop))
        watch.start()
        camera = stack.enter_context(MjpegCamera(interval=1 / FPS))
        source = stack.enter_context(open_camera(camera.url))
        happening = threading.Thread(target=outage.happens, args=(hook, broker))
        webhook = Webhook(hook.url, Changes(every=True), lines.append)
        mqtt = Mqtt(Broker("127.0.0.1", broker.port, False, TOPIC), Changes(every=True), lines.append)
        with webhook, mqtt:
            happening.start()
            run(source, outage.look, [outage.timed(webhook), outage.timed(mqtt)], on_result=outage.done)
        happening.join()
        stop.set()
        watch.join()
        posted = [each["frame"] for each in hook.received]
        with Listener(broker.port) as late:
            retained = late.at(TOPIC)[-1]["frame"] if late.wait(TOPIC) else None
    _report(outage, posted, states, arrived, retained, lines)


def _watch(
    hook: Hook, port: int, arrived: dict[str, list[tuple[float, int]]], states: list[int], stop: threading.Event
) -> None:
    """Notes what arrives when; listens to the broker again when that is back."""
    listener: Listener | None = None
    while not stop.wait(0.02):
        if hook.received:
            arrived["webhook"].append((time.monotonic(), hook.received[-1]["frame"]))
        if listener is None or not listener.connected:
            try:
                listener = Listener(port).__enter__()
            except OSError:
                continue
        seen = [each["frame"] for each in listener.take(TOPIC)]
        states += seen
        if seen:
            arrived["mqtt"].append((time.monotonic(), seen[-1]))
    if listener is not None:
        states += [each["frame"] for each in listener.take(TOPIC)]
        listener.__exit__()


def _report(
    outage: Outage,
    posted: list[int],
    states: list[int],
    arrived: dict[str, list[tuple[float, int]]],
    retained: int | None,
    lines: list[str],
) -> None:
    for name, since, until in (
        ("before", 0.0, outage.gone),
        ("during", outage.gone, outage.back),
        ("after", outage.back, np.inf),
    ):
        ages = np.array([1000 * (done - captured) for _, captured, done in outage.frames if since <= captured < until])
        late = int((ages > 1000 / FPS).sum())
        median, most = np.median(ages), ages.max()
        took = np.array([1000 * took for captured, took in outage.took if since <= captured < until])
        print(f"{name:>7}: {len(ages)} frames, {median:.1f} ms old when taken, at most {most:.1f}; {late} late")
        print(f"         a sink computed {np.median(took):.2f} ms, at most {took.max():.2f}")
    read = [index for index, _, _ in outage.frames]
    print(f"  loop: {len(read)} frames read, {outage.dropped} dropped by it")
    during = [index for index, captured, _ in outage.frames if outage.gone <= captured < outage.back]
    for name, got in (("webhook", posted), ("mqtt", states)):
        lost, twice = len(set(read) - set(got)), len(got) - len(set(got))
        when = next((at for at, frame in arrived[name] if at > outage.back and frame >= during[-1]), np.nan)
        print(
            f"{name:>7}: {lost} lost, {twice} twice; all of the outage there {when - outage.back:.1f} s after its end"
        )
    print(f"retained: frame {retained}, the last one read {read[-1]}")
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
