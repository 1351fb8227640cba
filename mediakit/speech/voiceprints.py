"""Voiceprints: what a stretch of one voice sounds like, as a vector of length 1; the cosine tells how alike two are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mediakit.speech.net_voice import BANDS, VECTOR, build_voice_network
from mediakit.speech.sound import RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FRAMES = 100
"""Feature frames a second."""

_SIZE = 400
_STEP = RATE // FRAMES
_FFT = 512
_LOW_HZ, _HIGH_HZ = 20.0, 8000.0
_CHUNK = 6000


@dataclass(frozen=True)
class VoiceNetwork:
    """The loaded network."""

    session: Any

    @classmethod
    def load(cls, weights: dict[str, NDArray[Any]]) -> VoiceNetwork:
        """Load the network with its weights."""
        from mediakit.tools.onnx_graph import load_network

        return cls(load_network(build_voice_network(weights)))

    def embed(self, features: Floats) -> Floats:
        """Return the vector (192) of feature frames (frames, 80) of one voice."""
        import numpy as np

        centred = features - features.mean(axis=0, keepdims=True)
        vector = self.session.run(None, {"features": centred[np.newaxis]})[0].reshape(VECTOR)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def measure_features(samples: Floats) -> Floats:
    """Return logarithms of energy in 80 mel bands (frames, 80), a hundred frames a second, as Kaldi computes them.

    Frames of 25 ms without their mean, pre-emphasis 0.97, Povey's window; a frame's number is its first hundredth.
    """
    import numpy as np

    count = max(0, (len(samples) - _SIZE) // _STEP + 1)
    made = np.zeros((count, BANDS), np.float32)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / (_SIZE - 1))) ** 0.85
    mel = _mel_bands()
    for low in range(0, count, _CHUNK):
        high = min(count, low + _CHUNK)
        part = samples[low * _STEP : (high - 1) * _STEP + _SIZE].astype(np.float64)
        frames = np.lib.stride_tricks.sliding_window_view(part, _SIZE)[::_STEP]
        frames = frames - frames.mean(axis=1, keepdims=True)
        before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
        power = np.square(np.abs(np.fft.rfft((frames - 0.97 * before) * window, _FFT, axis=1)))
        made[low:high] = np.log(np.maximum(power[:, : _FFT // 2] @ mel, 1.1920929e-07))
    return made


@lru_cache(maxsize=1)
def _mel_bands() -> Any:
    """Return the triangles (256, 80) that sum a spectrum to mel bands."""
    import numpy as np

    def mel(hertz: Any) -> Any:
        return 1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0)

    edges = np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), BANDS + 2)
    places = mel(np.arange(_FFT // 2) * RATE / _FFT)[:, np.newaxis]
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    return np.maximum(0.0, np.minimum((places - left) / (middle - left), (right - places) / (right - middle)))
