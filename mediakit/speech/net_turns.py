"""PyanNet: the network that says, for ten seconds of sound, which of up to three people speaks when, also at once.

Plaquet, Bredin: "Powerset multi-class cross entropy loss for neural speaker diarization", Interspeech 2023, on
SincNet (Ravanelli, Bengio: "Speaker recognition from raw waveform with SincNet", SLT 2018). Weights: pyannote's
``segmentation-3.0`` (MIT).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mediakit.tools.onnx_graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = dict[str, NDArray[Any]]

WINDOW = 160_000
"""Samples that are looked at together: ten seconds."""

STEP = 270
"""Samples from one frame of the output to the next."""

FIRST = 496
"""The sample in the middle of the first frame."""

CLASSES = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""Who speaks in each class of the output."""

_HIDDEN = 128
_LAYERS = 4
_SLOPE = 0.01
_RATE = 16_000
_LOWEST_HZ = 50.0


def build_turn_network(weights: Weights) -> bytes:
    """Return the network as an ONNX model: ``sound`` (windows, 1, 160000) to classes (windows, 589, 7), logarithms."""
    graph = Graph()

    def take(name: str) -> str:
        return graph.weight(weights[name])

    def normalised(name: str, x: str) -> str:
        return graph.add("InstanceNormalization", x, take(f"{name}.weight"), take(f"{name}.bias"), epsilon=1e-5)

    x = normalised("sincnet.wav_norm1d", "sound")
    for layer in range(3):
        if layer == 0:
            x = graph.add("Abs", graph.add("Conv", x, graph.weight(_band_passes(weights)), strides=[10]))
        else:
            name = f"sincnet.conv1d.{layer}"
            x = graph.add("Conv", x, take(f"{name}.weight"), take(f"{name}.bias"))
        x = graph.add("MaxPool", x, kernel_shape=[3], strides=[3])
        x = graph.add("LeakyRelu", normalised(f"sincnet.norm1d.{layer}", x), alpha=_SLOPE)
    x = graph.add("Transpose", x, perm=[2, 0, 1])
    for layer in range(_LAYERS):
        inner, outer, bias = _both_ways(weights, layer)
        x = graph.add(
            "LSTM", x, *map(graph.weight, (inner, outer, bias)), hidden_size=_HIDDEN, direction="bidirectional"
        )
        x = graph.add("Reshape", graph.add("Transpose", x, perm=[0, 2, 1, 3]), graph.integers(0, 0, 2 * _HIDDEN))
    x = graph.add("Transpose", x, perm=[1, 0, 2])
    for name in ("linear.0", "linear.1", "classifier"):
        x = graph.add("MatMul", x, graph.weight(weights[f"{name}.weight"].T))
        x = graph.add("Add", x, take(f"{name}.bias"))
        x = graph.add("LeakyRelu", x, alpha=_SLOPE) if name != "classifier" else graph.add("LogSoftmax", x, axis=2)
    return graph.model({"sound": ("windows", 1, WINDOW)}, {x: ("windows", "frames", len(CLASSES))})


def _band_passes(weights: Weights) -> NDArray[Any]:
    """Return the 80 filters (80, 1, 251): band-passes whose edges were learned, as cosines and as sines."""
    import numpy as np

    name = "sincnet.conv1d.0.filterbank"
    low, band, window, place = (
        weights[f"{name}.{part}"].astype(np.float64) for part in ("low_hz_", "band_hz_", "window_", "n_")
    )
    low = _LOWEST_HZ + np.abs(low)
    high = np.clip(low + _LOWEST_HZ + np.abs(band), _LOWEST_HZ, _RATE / 2)
    width = high - low
    below, above = low * place, high * place
    cosine = (np.sin(above) - np.sin(below)) / (place / 2) * window
    sine = (np.cos(below) - np.cos(above)) / (place / 2) * window
    filters = [
        np.concatenate([left, middle, sign * left[:, ::-1]], axis=1) / (2 * width)
        for left, middle, sign in ((cosine, 2 * width, 1), (sine, 0 * width, -1))
    ]
    return np.concatenate(filters)[:, np.newaxis].astype(np.float32)


def _both_ways(weights: Weights, layer: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return an LSTM layer's weights as ONNX orders them: forwards and backwards, gates input, output, forget, cell."""
    import numpy as np

    def gates(name: str) -> NDArray[Any]:
        into, forget, cell, out = np.split(weights[name], 4)  # as PyTorch has them
        return np.concatenate([into, out, forget, cell])

    def both(kind: str) -> NDArray[Any]:
        return np.stack([gates(f"lstm.{kind}_l{layer}{way}") for way in ("", "_reverse")])

    return both("weight_ih"), both("weight_hh"), np.concatenate([both("bias_ih"), both("bias_hh")], axis=1)
