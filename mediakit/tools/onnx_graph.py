"""Writing small networks for onnxruntime: nodes and weights as an ONNX model, without the onnx package.

ONNX files are protocol buffers; the few messages that a plain network needs are written here field by field
(onnx.proto3 of ONNX 1.14: ``ModelProto``, ``GraphProto``, ``NodeProto``, ``AttributeProto``, ``TensorProto``,
``ValueInfoProto``). Equal graphs give equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPSET = 17
"""The version of the operators that graphs use."""

_IR_VERSION = 8
_TYPES = {"float32": 1, "int64": 7}

Attribute = int | float | str | Sequence[int]
Size = int | str


class Graph:
    """A network under construction; values are named by the strings that its methods return."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []
        self._count = 0

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Attribute) -> str:
        """Add a node and return the name of its first output; an empty input name leaves that input out."""
        names = [self._name() for _ in range(outputs)]
        body = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in names)
        body += _text(3, names[0]) + _text(4, operator)
        self._nodes.append(body + b"".join(_bytes(5, _attribute(key, value)) for key, value in attributes.items()))
        return names[0]

    def weight(self, values: NDArray[Any]) -> str:
        """Add constant numbers (float32 or int64) and return their name."""
        import numpy as np

        array = np.ascontiguousarray(values)
        name = self._name()
        body = b"".join(_number(1, size) for size in array.shape)
        body += _number(2, _TYPES[array.dtype.name]) + _text(8, name)
        self._weights.append(body + _bytes(9, array.astype(array.dtype.newbyteorder("<")).tobytes()))
        return name

    def integers(self, *values: int) -> str:
        """Add a list of integers, such as a shape or axes."""
        import numpy as np

        return self.weight(np.array(values, np.int64))

    def model(self, inputs: dict[str, Sequence[Size]], outputs: dict[str, Sequence[Size]]) -> bytes:
        """Return the model's bytes.

        Args:
            inputs: names and shapes of what goes in (float32); a word stands for a size that may differ.
            outputs: names of values that come out, with their shapes.
        """
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _text(2, "network")
        graph += b"".join(_bytes(5, weight) for weight in self._weights)
        graph += b"".join(_bytes(11, _value(name, shape)) for name, shape in inputs.items())
        graph += b"".join(_bytes(12, _value(name, shape)) for name, shape in outputs.items())
        return _number(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, OPSET))

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"


def load_network(model: bytes) -> Any:
    """Return an onnxruntime session on one thread of the processor: the same numbers wherever it runs beside others."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def scale_and_shift(weights: dict[str, NDArray[Any]], name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what a trained batch normalisation does: x times the first plus the second (epsilon 1e-5)."""
    import numpy as np

    mean, variance = (weights[f"{name}.running_{part}"].astype(np.float64) for part in ("mean", "var"))
    scale = 1 / np.sqrt(variance + 1e-5)
    scale = scale * weights[f"{name}.weight"] if f"{name}.weight" in weights else scale
    shift = weights.get(f"{name}.bias", 0.0) - mean * scale
    return scale.astype(np.float32), shift.astype(np.float32)


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return _text(1, name) + _key(2, 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, str):
        return _text(1, name) + _text(4, value) + _number(20, 3)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _value(name: str, shape: Sequence[Size]) -> bytes:
    sizes = b"".join(_bytes(1, _number(1, one) if isinstance(one, int) else _text(2, one)) for one in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, _TYPES["float32"]) + _bytes(2, sizes)))


def _key(field: int, wire: int) -> bytes:
    return encode_number(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + encode_number(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _key(field, 2) + encode_number(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def encode_number(value: int) -> bytes:
    """Return a number as protocol buffers write it, seven bits a byte, the lowest first."""
    value &= (1 << 64) - 1  # negative numbers are written as 64 bits of two's complement
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
