"""A network of models/ -> the same as ONNX, which OpenCV runs where LiteRT has no wheel.

`python -m livedigits.training.model.onnx_export models/digits.tflite models/strips.tflite` writes digits.onnx and
strips.onnx beside them. It takes the weights out of the .tflite file, so that both belong together; they are written as
16-bit floats, half as large, and computed with in 32. What goes in and out has its channels first, as OpenCV has them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError

OPSET = 13
_FLOAT32, _INT8 = 0, 9  # as the schema of .tflite has them
_NO_PADDING = 1
_OF_SHAPES = ("SHAPE", "STRIDED_SLICE", "CONCATENATION", "PACK")  # compute shapes, which are known here


def to_onnx(content: bytes) -> bytes:
    """The ONNX file of a .tflite file's content.

    Raises
    ------
    LivedigitsError: there is a layer in it that none of our networks has
    """
    return _Graph(content).written()


class _Graph:
    """Writes one operation after the other."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._codes = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
        self._model = schema.ModelT.InitFromPackedBuf(content, 0)
        self._graph = self._model.subgraphs[0]
        self._nodes: list[Any] = []
        self._initial: list[Any] = []
        self._names: dict[int, str] = {}
        self._flattened: dict[int, tuple[int, int, int]] = {}  # height, width and channels of what became a row
        self._widened: dict[int, int] = {}  # of a tensor that was given an axis to be repeated along: which

    def written(self) -> bytes:
        from onnx import TensorProto, checker, helper

        height, width, channels = self._shape(self._graph.inputs[0])[1:]
        name = f"input_{height}x{width}x{channels}"  # OpenCV does not tell what else a network takes
        self._names[int(self._graph.inputs[0])] = name
        for operation in self._graph.operators:
            self._add(operation)
        answer = min(self._graph.outputs, key=lambda output: self._shape(output)[-1])  # the layer before it is left out
        made = self._names[int(answer)]
        taken = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, height, width])
        _, *sides, last = self._shape(answer)
        given = helper.make_tensor_value_info(made, TensorProto.FLOAT, ["n", last, *sides])
        graph = helper.make_graph(self._nodes, "livedigits", [taken], [given], self._initial)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        checker.check_model(model)
        return bytes(model.SerializeToString())

    def _add(self, operation: Any) -> None:
        code = self._model.operatorCodes[operation.opcodeIndex]
        kind = self._codes[max(code.builtinCode, code.deprecatedBuiltinCode)]
        inputs, (output,) = [int(i) for i in operation.inputs], [int(i) for i in operation.outputs]
        if kind in _OF_SHAPES:
            return
        if kind in ("MUL", "ADD"):
            self._node(kind.title(), [self._tensor(i) for i in inputs], output, {})
        elif kind == "SOFTMAX":
            self._node("Softmax", [self._names[inputs[0]]], output, {"axis": 1})
        elif kind == "CONV_2D":
            self._convolution(operation.builtinOptions, inputs, output)
        elif kind == "FULLY_CONNECTED":
            self._dense(operation.builtinOptions, inputs, output)
        elif kind == "EXPAND_DIMS":
            self._names[output] = self._names[inputs[0]]
            self._widened[output] = int(self._values(inputs[1]))
        elif kind == "TILE":
            self._doubled(inputs, output)
        elif kind == "RESHAPE":
            self._reshaped(inputs[0], output)
        else:
            raise LivedigitsError(f"no layer {kind} is known that could be written as ONNX")

    def _convolution(self, options: Any, inputs: list[int], output: int) -> None:
        size, kernel = self._shape(inputs[0])[1:3], self._shape(inputs[1])[1:3]
        strides = options.strideH, options.strideW
        before, after = [0, 0], [0, 0]
        if options.padding != _NO_PADDING:
            for axis in (0, 1):
                steps = -(-size[axis] // strides[axis])
                missing = max(0, (steps - 1) * strides[axis] + kernel[axis] - size[axis])
                before[axis], after[axis] = missing // 2, missing - missing // 2
        weights = self._weights(inputs[1], (0, 3, 1, 2))
        given = [self._names[inputs[0]], weights, self._tensor(inputs[2])]
        written = {"strides": strides, "kernel_shape": kernel, "pads": [*before, *after]}
        self._node("Conv", given, output, written, options.fusedActivationFunction == 1)

    def _dense(self, options: Any, inputs: list[int], output: int) -> None:
        rows, columns = self._shape(inputs[1])
        height, width, channels = self._flattened.pop(inputs[0], (1, 1, columns))
        order = np.arange(columns).reshape(height, width, channels).transpose(2, 0, 1).ravel()  # channels come first
        weights = self._weights(inputs[1], (0, 1), order)
        given = [self._names[inputs[0]], weights, self._tensor(inputs[2])]
        self._node("Gemm", given, output, {"transB": 1}, options.fusedActivationFunction == 1)

    def _reshaped(self, source: int, output: int) -> None:
        shape = self._shape(output)
        if len(shape) == 4:  # what was repeated has its own axes again
            self._names[output] = self._names[source]
            return
        height, width, channels = self._shape(source)[1:]
        self._flattened[output] = height, width, channels
        self._node("Flatten", [self._names[source]], output, {"axis": 1})

    def _doubled(self, inputs: list[int], output: int) -> None:
        """Each row, or each column, twice."""
        scales = np.array([1, 1, 2, 1] if self._widened[inputs[0]] == 2 else [1, 1, 1, 2], np.float32)
        given = [self._names[inputs[0]], "", self._constant(f"scales_{output}", scales)]
        options = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
        self._node("Resize", given, output, options)

    def _node(self, kind: str, inputs: list[str], output: int, options: Mapping[str, Any], relu: bool = False) -> None:
        from onnx import helper

        name = f"tensor_{output}"
        self._nodes.append(
            helper.make_node(kind, inputs, [f"{name}_raw" if relu else name], f"{kind}_{output}", **options)
        )
        if relu:
            self._nodes.append(helper.make_node("Relu", [f"{name}_raw"], [name], f"Relu_{output}"))
        self._names[output] = name

    def _tensor(self, index: int) -> str:
        """A tensor by its name; a constant in floats."""
        if index in self._names:
            return self._names[index]
        return self._constant(f"constant_{index}", self._values(index).astype(np.float32))

    def _weights(self, index: int, axes: tuple[int, ...], order: np.ndarray | None = None) -> str:
        """Weights whose first axis is the output's, with their axes in another order."""
        from onnx import TensorProto, helper

        values = self._values(index).transpose(axes)
        values = values if order is None else values[:, order]
        if self._graph.tensors[index].type != _FLOAT32:  # 8 bits, with a scale for each output, or one for all
            scales = np.asarray(self._graph.tensors[index].quantization.scale, np.float32)
            values = values * scales.reshape(-1, *[1] * (values.ndim - 1))
        name = f"weights_{index}"
        half = self._constant(f"{name}_half", values.astype(np.float16))
        self._nodes.append(helper.make_node("Cast", [half], [name], f"Cast_{index}", to=TensorProto.FLOAT))
        return name

    def _constant(self, name: str, values: np.ndarray) -> str:
        from onnx import numpy_helper

        self._initial.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _values(self, index: int) -> np.ndarray:
        tensor = self._graph.tensors[index]
        kinds = {_FLOAT32: np.float32, _INT8: np.int8, 2: np.int32}
        data = np.asarray(self._model.buffers[tensor.buffer].data, np.uint8).tobytes()
        return np.frombuffer(data, kinds[tensor.type]).reshape(self._shape(index))

    def _shape(self, index: int) -> list[int]:
        shape = self._graph.tensors[int(index)].shape
        return [] if shape is None else [int(side) for side in shape]


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name).with_suffix(".onnx")
        path.write_bytes(to_onnx(Path(name).read_bytes()))
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
