"""Exported networks made to take pictures of any size."""

from __future__ import annotations

from collections.abc import Iterator

from mediakit.tools.onnx_graph import encode_number

_GRAPH = 7
_INPUT, _OUTPUT = 11, 12
_DIMENSION = b"\x0a\x02\x08"
_UNKNOWN = b"\x0a\x02\x78"


def open_shapes(model: bytes, name: str) -> bytes:
    """Return an ONNX model whose input ``name`` and outputs take any size, as fully convolutional networks do.

    Exported models may declare the shape that they were traced with. In the model's encoding (Protocol Buffers) a
    fixed dimension is a message with field 1; renumbered to a field that nobody reads, it leaves the dimension open.
    Weights that are listed as inputs as well are taken off the list, so that they can be folded in.
    """
    made = bytearray()
    for number, raw, body in _fields(model):
        if number != _GRAPH or body is None:
            made += raw
            continue
        graph = bytearray()
        for inner, part, content in _fields(body):
            if inner == _INPUT and content is not None and content[2 : 2 + content[1]] != name.encode():
                continue
            graph += part.replace(_DIMENSION, _UNKNOWN) if inner in (_INPUT, _OUTPUT) else part
        made += bytes([_GRAPH << 3 | 2]) + encode_number(len(graph)) + graph
    return bytes(made)


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield (number, the field as it is encoded, its content where it has a length) of a message."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _decode(message, at)
        body = None
        kind = tag & 7
        if kind == 0:
            _, at = _decode(message, at)
        elif kind == 2:
            length, at = _decode(message, at)
            body = message[at : at + length]
            at += length
        else:
            at += 8 if kind == 1 else 4
        yield tag >> 3, message[start:at], body


def _decode(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
