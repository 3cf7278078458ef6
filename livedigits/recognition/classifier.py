"""Crops -> probabilities: all crops of a frame in one batch through the network, run by LiteRT.

What was learned of a hand is a head beside the network's own last layer: it takes the layer before that, which a
.tflite gives as its second output, and what the network says, and says it better.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.completeness import Completeness
from livedigits.recognition.rescoring import Rescoring
from livedigits.recognition.shipped import shipped
from livedigits.recognition.trial import LARGEST, check_answers, checksum, try_out
from livedigits.sources.noise import LITERT, held_back
from livedigits.types import CLASSES

CHUNKS = (
    32,
    8,
)  # crops: an interpreter is slow to change its batch size, so there is one for many and one for the rest
THREADS = 2  # of the network, in each interpreter: more wait longer than they work. Chosen by trying, and not swept.
RUNTIME = "LIVEDIGITS_RUNTIME"
"""The environment variable that chooses OpenCV to run the networks, in place of LiteRT where that is installed."""
_QUIETENING = threading.Lock()  # two at once would put back each other's silence


class Head(Protocol):
    """What was learned beside a network, of one hand for instance; it does not change."""

    def __call__(self, features: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities (n, 11) float32, each row sums to 1.

        Parameters
        ----------
        features : (n, k) float32, the network's second-last layer
        probabilities : (n, 11) float32 as the network gives them, the last column for "no digit"
        """
        ...


class Learned(Protocol):
    """What has the head of the moment: a profile, or what watches one's file."""

    def head(self) -> Head | None:
        """The head to read the next frame with; None for the network alone."""
        ...


def card(model: Path) -> dict[str, Any]:
    """The model card beside a network (digits.tflite: digits.json), empty where there is none or it is not JSON."""
    try:
        content = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


class Classifier:
    """A network loaded once, used for every frame; by several threads, too, which then take turns.

    Parameters
    ----------
    model : path of a .tflite file that takes (n, 28, 28, 1 or 2) float32 and returns (n, 10 or 11) and, beside that,
        perhaps its second-last layer (n, k); None for the shipped one

    Attributes
    ----------
    path : of the network's file
    digest : 16 hexadecimal digits that tell its content from that of others
    features : k, how wide its second-last layer is; 0 for networks that do not give it, which can have no head
    channels : 1 for networks that see the region alone, 2 for those that see its surroundings too
    min_confidence : the least probability of a digit that is shown, from the model card; 0.5 without one
    min_confidence_drawn : the same in drawings, where there is no clutter to doubt
    rescoring : how surroundings count, from the model card ("context" in cards of 0.1.0)

    Raises
    ------
    LivedigitsError: the file is missing, damaged or a network of another shape, or computes no probabilities, when it
        is loaded or later
    """

    def __init__(self, model: str | Path | None = None, threads: int = THREADS, tried: bool = False):
        path = shipped("digits.tflite") if model is None else Path(model)
        content = read_network(path)
        if not tried and not _is_shipped(content):
            try_out(path.resolve(), checksum(content))
        self._interpreters = {n: interpreter(path, n, threads, _digits_of_crops, content) for n in CHUNKS}
        self._wanted = {n: [o["index"] for o in _outputs(each)] for n, each in self._interpreters.items()}
        self._turn = threading.Lock()
        some = self._interpreters[CHUNKS[0]]
        self.path = path
        self.digest = checksum(content)[:16]
        self.features = sum(int(o["shape"][-1]) for o in _outputs(some)[1:])
        self.channels = int(some.get_input_details()[0]["shape"][3])
        stored = card(path)
        try:
            self.min_confidence = float(stored.get("min_confidence", 0.5))
            self.min_confidence_drawn = float(stored.get("min_confidence_drawn", self.min_confidence))
            self.rescoring = Rescoring.from_card(stored.get("rescoring", stored.get("context")))
            self.completeness = Completeness.from_card(stored.get("completeness"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LivedigitsError(f"{path.with_suffix('.json')} is no card of this network: {error}") from error

    def __call__(self, crops: np.ndarray, head: Head | None = None) -> np.ndarray:
        """Probabilities of the ten digits and, last, of "no digit".

        Parameters
        ----------
        crops : (n, 28, 28, 2) float32 in 0..1
        head : what was learned beside the network, which must give its features; None for nothing

        Returns
        -------
        (n, 11) float32, each row sums to 1
        """
        probabilities, features = self.look(crops)
        return probabilities if head is None else head(features, probabilities)

    def look(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities (n, 11) float32 as the network gives them, and its second-last layer (n, features) float32."""
        crops = np.ascontiguousarray(crops[..., : self.channels], np.float32)
        out = np.zeros((len(crops), CLASSES), np.float32)
        features = np.zeros((len(crops), self.features), np.float32)
        start = 0
        while start < len(crops):
            left = len(crops) - start
            size = CHUNKS[0] if left > CHUNKS[0] - CHUNKS[1] else CHUNKS[1]
            part = crops[start : start + size]
            if len(part) < size:
                part = np.concatenate([part, np.zeros((size - len(part), *part.shape[1:]), np.float32)])
            result, *layers = (answer[:left] for answer in self._run(size, part))
            out[start : start + size, : result.shape[1]] = result
            for layer in layers:
                features[start : start + size] = layer
            start += size
        return out, features

    def _run(self, size: int, batch: np.ndarray) -> list[np.ndarray]:
        interpreter = self._interpreters[size]
        with self._turn:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], batch)
            interpreter.invoke()
            results = [interpreter.get_tensor(index) for index in self._wanted[size]]
        check_answers(results[0], self.path)
        return results


def _outputs(interpreter: Any) -> list[Any]:
    """What a network gives: its answer and, where there is one, the wider layer before; the file has them anyhow."""
    return sorted(interpreter.get_output_details(), key=lambda output: [int(side) for side in output["shape"]][-1:])


def _digits_of_crops(taken: list[int], given: list[int]) -> str:
    if len(taken) == 4 and taken[1:3] == [28, 28] and taken[3] in (1, 2) and len(given) == 2 and given[1] in (10, 11):
        return ""
    return "(n, 28, 28, 1 or 2) to (n, 10 or 11)"


def read_network(path: Path) -> bytes:
    """A network's file, which must be what its card says by its checksum, where it says one.

    Raises
    ------
    LivedigitsError: it is missing, cannot be read, or is another file
    """
    if not path.is_file():
        raise LivedigitsError(f"no network at {path}: give a .tflite file, for instance one made by `livedigits train`")
    try:
        if path.stat().st_size > LARGEST:
            raise LivedigitsError(f"{path} is too large for a network: at most {LARGEST // 1_000_000} MB are loaded")
        content = path.read_bytes()  # not by its path: LiteRT would map the file, and die when another replaced it
    except OSError as error:
        raise LivedigitsError(f"{path} cannot be read: {error.strerror}") from error
    if card(path).get("sha256", checksum(content)) != checksum(content):
        raise LivedigitsError(
            f"{path} is not the network of its card {path.with_suffix('.json').name}: it is damaged, or was replaced "
            "without its card"
        )
    return content


def _is_shipped(content: bytes) -> bool:
    return card(shipped("digits.tflite")).get("sha256") == checksum(content)


def interpreter(
    path: Path,
    batch: int,
    threads: int,
    fault: Callable[[list[int], list[int]], str],
    content: bytes,
) -> Any:
    """LiteRT's interpreter of a network, or where that is not installed OpenCV's, ready for so many inputs at a time.

    Parameters
    ----------
    fault : given the shapes that the network takes and gives, what is needed in their place; "" where they are right
    content : of its file

    Raises
    ------
    LivedigitsError: the file is damaged, or a network of another shape
    """
    try:
        with held_back(LITERT):
            made = _started(path, content, threads)
            taken, given = made.get_input_details()[0], _outputs(made)[0]
            shape, answer = taken["shape"].tolist(), given["shape"].tolist()
            needed = fault(shape, answer)
            if needed:
                raise LivedigitsError(f"{path} takes {shape} and returns {answer}; livedigits needs {needed}")
            types = taken.get("dtype", np.float32), given.get("dtype", np.float32)  # of ONNX they are that
            if types != (np.float32, np.float32):
                kinds = " and returns ".join(np.dtype(kind).name for kind in types)
                raise LivedigitsError(f"{path} takes {kinds}; livedigits needs float32")
            made.resize_tensor_input(taken["index"], [batch, *shape[1:]])
            made.allocate_tensors()
    except (ValueError, RuntimeError, IndexError, KeyError, TypeError, AttributeError, MemoryError) as error:
        raise LivedigitsError(f"{path} is no network that LiteRT can load: is the file damaged?") from error
    return made


def has_litert() -> bool:
    """Whether networks run in LiteRT, and not in OpenCV; RUNTIME set to "opencv" says that they shall not."""
    return os.environ.get(RUNTIME) != "opencv" and find_spec("ai_edge_litert") is not None


def _started(path: Path, content: bytes, threads: int) -> Any:
    if not has_litert():
        from livedigits.recognition.opencv_runtime import OpenCvInterpreter

        return OpenCvInterpreter(path)
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=content, num_threads=threads)
