"""A Ray cluster that works on tasks: as Pool does on this machine, with an actor for each process."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from livedigits import process
from livedigits.engines.pool import answered
from livedigits.errors import LivedigitsError

# Of a core: what an actor asks for. With a whole one, as many actors as cores leave nothing for other tasks, which the
# actors then wait for, for ever (ray#44687).
SHARE = 0.9
# s to wait for the head of a cluster to answer.
WAIT = 10.0


class RayEngine:
    """Actors of a cluster, one a core, each with what `make` makes; to be entered, which connects to the cluster.

    Parameters
    ----------
    address : of the cluster's head, as ray.init takes it: "auto", "host:6379", "ray://host:10001"
    make : as of Pool; its module must be installed on the cluster's machines

    Attributes
    ----------
    cores : how many actors there may be
    lost : always 0; Ray replaces actors and nodes itself

    Raises
    ------
    LivedigitsError: Ray is not installed, or there is no cluster
    """

    lost = 0

    def __init__(self, address: str, make: Callable[[], Callable[[Any], Any]]) -> None:
        self.cores = 0
        self._address = address
        self._make = make

    def __enter__(self) -> RayEngine:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody unasked
        try:
            import ray
        except ImportError as error:
            raise LivedigitsError("--ray needs Ray: pip install 'livedigits[cluster]'") from error
        _reach(self._address)
        try:
            ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError, TimeoutError, OSError) as error:
            raise LivedigitsError(f"no Ray cluster at {self._address}: {' '.join(str(error).split())}") from error
        self.cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def map(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """As Pool.map; all tasks are taken at once, only answers are held back."""
        import ray
        import ray.data

        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False  # livedigits tells by itself
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        given = [{"task": pickle.dumps(task)} for task in tasks]
        if not given:
            return
        data = ray.data.from_items(given, override_num_blocks=len(given)).map_batches(
            Actor,
            fn_constructor_args=([ray.put(pickle.dumps(self._make))], os.getcwd()),
            batch_size=1,
            num_cpus=SHARE,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=self.cores),
        )
        for row in data.iter_rows():
            yield pickle.loads(row["answer"])


def _reach(address: str) -> None:
    """Raises LivedigitsError where nobody listens at an address with a port, for which Ray would wait minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), WAIT).close()
        except (OSError, OverflowError) as error:
            raise LivedigitsError(f"no Ray cluster at {address}: {error}") from error


class Actor:
    """A process of the cluster with one reader."""

    def __init__(self, made: list[Any], folder: str) -> None:
        import ray

        process.quiet_opencv()
        process.tune()
        with contextlib.suppress(OSError):  # so that paths mean what they mean where the user is
            os.chdir(folder)
        self._function = pickle.loads(ray.get(made[0]))()

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """The answers to a batch of tasks, both pickled; an error stands for its answer."""
        return {"answer": [pickle.dumps(answered(self._function, pickle.loads(task))) for task in batch["task"]]}
