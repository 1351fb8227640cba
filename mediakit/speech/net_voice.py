"""CAM++: the network that turns a stretch of one voice into a vector; alike voices, alike vectors.

Wang, Zheng, Chen, Cheng, Chen: "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking", Interspeech 2023. Weights: 3D-Speaker's ``speech_campplus_sv_zh_en_16k-common_advanced`` (Apache-2.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mediakit.tools.onnx_graph import Graph, scale_and_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = dict[str, NDArray[Any]]

BANDS = 80
"""Mel bands of the features that go in."""

VECTOR = 192
"""Numbers of a vector."""

_BLOCKS = ((12, 1), (24, 2), (16, 2))
_SEGMENT = 100


def build_voice_network(weights: Weights) -> bytes:
    """Return the network as an ONNX model: ``features`` (1, frames, 80) to ``vector`` (1, 192)."""
    net = _Net(weights)
    graph = net.graph
    x = graph.add("Transpose", "features", perm=[0, 2, 1])
    x = net.head(graph.add("Unsqueeze", x, graph.integers(1)))
    x = graph.add("Reshape", x, graph.integers(1, 32 * BANDS // 8, -1))
    x = net.folded("xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm", x, strides=[2], pads=[2, 2])
    for number, (layers, dilation) in enumerate(_BLOCKS, 1):
        for layer in range(1, layers + 1):
            x = net.dense_layer(f"xvector.block{number}.tdnnd{layer}", x, dilation)
        x = net.normalised(f"xvector.transit{number}.nonlinear.batchnorm", x)
        x = graph.add("Conv", x, graph.weight(weights[f"xvector.transit{number}.linear.weight"]))
    x = net.pooled(net.normalised("xvector.out_nonlinear.batchnorm", x))
    x = net.folded("xvector.dense.linear", "xvector.dense.nonlinear.batchnorm", x, relu=False)
    vector = graph.add("Reshape", x, graph.integers(1, VECTOR))
    return graph.model({"features": (1, "frames", BANDS)}, {vector: (1, VECTOR)})


class _Net:
    """Adds the network's parts to a graph; names are those of the weights."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.graph = Graph()

    def folded(self, convolution: str, norm: str, x: str, *, relu: bool = True, **how: Any) -> str:
        """Add a convolution with the normalisation behind it worked into its weights."""
        kernel = self.weights[f"{convolution}.weight"]
        scale, shift = scale_and_shift(self.weights, norm)
        kernel = kernel * scale.reshape(-1, *[1] * (kernel.ndim - 1))
        x = self.graph.add("Conv", x, self.graph.weight(kernel), self.graph.weight(shift), **how)
        return self.graph.add("Relu", x) if relu else x

    def normalised(self, norm: str, x: str) -> str:
        scale, shift = (part.reshape(1, -1, 1) for part in scale_and_shift(self.weights, norm))
        x = self.graph.add("Mul", x, self.graph.weight(scale))
        return self.graph.add("Relu", self.graph.add("Add", x, self.graph.weight(shift)))

    def head(self, x: str) -> str:
        """Add the two-dimensional part: bands become eight times fewer, times stay."""
        around: dict[str, Any] = {"pads": [1, 1, 1, 1]}
        x = self.folded("head.conv1", "head.bn1", x, **around)
        for layer in (1, 2):
            for block, stride in ((0, 2), (1, 1)):
                name = f"head.layer{layer}.{block}"
                y = self.folded(f"{name}.conv1", f"{name}.bn1", x, strides=[stride, 1], **around)
                y = self.folded(f"{name}.conv2", f"{name}.bn2", y, relu=False, **around)
                if stride > 1:
                    x = self.folded(f"{name}.shortcut.0", f"{name}.shortcut.1", x, relu=False, strides=[stride, 1])
                x = self.graph.add("Relu", self.graph.add("Add", y, x))
        return self.folded("head.conv2", "head.bn2", x, strides=[2, 1], **around)

    def dense_layer(self, name: str, x: str, dilation: int) -> str:
        """Add a layer whose output goes on beside its input, masked by what lies around."""
        y = self.normalised(f"{name}.nonlinear1.batchnorm", x)
        y = self.folded(f"{name}.linear1", f"{name}.nonlinear2.batchnorm", y)
        graph, local = self.graph, self.weights[f"{name}.cam_layer.linear_local.weight"]
        made = graph.add("Conv", y, graph.weight(local), pads=[dilation, dilation], dilations=[dilation])
        context = graph.add("Add", graph.add("ReduceMean", y, axes=[2], keepdims=1), self.segments(y))
        context = graph.add("Relu", self.plain(f"{name}.cam_layer.linear1", context))
        mask = graph.add("Sigmoid", self.plain(f"{name}.cam_layer.linear2", context))
        return graph.add("Concat", x, graph.add("Mul", made, mask), axis=1)

    def plain(self, name: str, x: str) -> str:
        kernel, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return self.graph.add("Conv", x, self.graph.weight(kernel), self.graph.weight(bias))

    def segments(self, x: str) -> str:
        """Add the means of stretches of 100 times, each as long as the stretch that it is of."""
        graph = self.graph
        size: dict[str, Any] = {"kernel_shape": [_SEGMENT], "strides": [_SEGMENT]}
        means = graph.add("AveragePool", x, ceil_mode=1, count_include_pad=0, **size)
        wide = graph.add("Expand", graph.add("Unsqueeze", means, graph.integers(3)), graph.integers(1, 1, 1, _SEGMENT))
        wide = graph.add("Reshape", wide, graph.integers(0, 0, -1))
        times = graph.add("Slice", graph.add("Shape", x), graph.integers(2), graph.integers(3))
        return graph.add("Slice", wide, graph.integers(0), times, graph.integers(2))

    def pooled(self, x: str) -> str:
        """Add mean and standard deviation (of a sample: n - 1) over time, one above the other."""
        import numpy as np

        graph = self.graph
        mean = graph.add("ReduceMean", x, axes=[2], keepdims=1)
        off = graph.add("Sub", x, mean)
        total = graph.add("ReduceSum", graph.add("Mul", off, off), graph.integers(2), keepdims=1)
        times = graph.add("Slice", graph.add("Shape", x), graph.integers(2), graph.integers(3))
        one = graph.weight(np.ones(1, np.float32))
        fewer = graph.add("Max", graph.add("Sub", graph.add("Cast", times, to=1), one), one)
        return graph.add("Concat", mean, graph.add("Sqrt", graph.add("Div", total, fewer)), axis=1)
