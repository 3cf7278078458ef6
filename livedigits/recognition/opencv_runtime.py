"""The networks run by OpenCV, from ONNX: for machines for which LiteRT has no wheel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.errors import LivedigitsError

_SIZE = re.compile(rb"input_(\d+)x(\d+)x(\d+)")  # height, width and channels in the name of what it takes


class OpenCvInterpreter:
    """A network that is run by OpenCV, with what of LiteRT's Interpreter is used here; slower by about two.

    Parameters
    ----------
    path : of the .tflite file, beside which there is one of the same name that ends in .onnx, as
        livedigits.training.model.onnx_export writes it

    Raises
    ------
    LivedigitsError: there is none, or it is damaged
    """

    def __init__(self, path: Path) -> None:
        onnx = path.with_suffix(".onnx")
        if not onnx.is_file():
            raise LivedigitsError(
                f"{path} needs LiteRT, which is not installed here; OpenCV can run {onnx.name} beside it, which "
                "`python -m livedigits.training.model.onnx_export` makes where LiteRT is"
            )
        content = onnx.read_bytes()
        size = _SIZE.search(content)
        try:
            self._network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
            self._shape = (1, *(int(side) for side in (size.groups() if size else ())))
            self._given = np.zeros(self._shape, np.float32)
            self._answer = self._forward(self._given)
        except (cv2.error, ValueError) as error:
            raise LivedigitsError(f"{onnx} is no network that OpenCV can load: is the file damaged?") from error

    def get_input_details(self) -> list[dict[str, Any]]:
        return [{"index": 0, "shape": np.array(self._shape)}]

    def get_output_details(self) -> list[dict[str, Any]]:
        return [{"index": 1, "shape": np.array(self._answer.shape)}]

    def resize_tensor_input(self, index: int, shape: list[int]) -> None:
        """Nothing: a network takes as many inputs as it is given."""

    def allocate_tensors(self) -> None:
        """Nothing: OpenCV does when it computes."""

    def set_tensor(self, index: int, batch: np.ndarray) -> None:
        self._given = batch

    def invoke(self) -> None:
        self._answer = self._forward(self._given)

    def get_tensor(self, index: int) -> np.ndarray:
        return self._answer

    def _forward(self, batch: np.ndarray) -> np.ndarray:
        """What the network answers to (n, h, w, c) float32: (n, k) or (n, h, w, k) float32."""
        self._network.setInput(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
        answer = np.asarray(self._network.forward())
        return answer if answer.ndim == 2 else np.ascontiguousarray(answer.transpose(0, 2, 3, 1))
