from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.speech.weights import read_checkpoint, read_tensors

STATE, VOCABULARY, HEADS = 4, 6, 2


def tiny_tensors() -> dict[str, np.ndarray]:
    """One layer each, four wide, every tensor filled with numbers of its own."""
    shapes: dict[str, tuple[int, ...]] = {
        "encoder/conv1": (STATE, 3, 3),
        "encoder/conv2": (STATE, STATE, 3),
        "decoder/embeddings": (VOCABULARY, STATE),
    }
    tensors: dict[str, np.ndarray] = {}
    for part, context in (("encoder", 5), ("decoder", 7)):
        tensors[f"{part}/position_encodings/encodings"] = np.zeros((context, STATE), np.float16)
        tensors[f"{part}/num_heads"] = np.array(HEADS, np.int16)
        layer = f"{part}/layer_0"
        for norm in [f"{part}/layer_norm", f"{layer}/ffn/layer_norm", f"{layer}/self_attention/layer_norm"]:
            tensors[f"{norm}/gamma"], tensors[f"{norm}/beta"] = np.ones(STATE, np.float16), np.zeros(STATE, np.float16)
        shapes |= {f"{layer}/self_attention/linear_0": (3 * STATE, STATE), f"{layer}/self_attention/linear_1": (4, 4)}
        shapes |= {f"{layer}/ffn/linear_0": (16, 4), f"{layer}/ffn/linear_1": (4, 16)}
    cross = "decoder/layer_0/attention"
    tensors[f"{cross}/layer_norm/gamma"] = tensors[f"{cross}/layer_norm/beta"] = np.ones(STATE, np.float16)
    shapes |= {f"{cross}/linear_0": (4, 4), f"{cross}/linear_1": (8, 4), f"{cross}/linear_2": (4, 4)}
    for number, (name, shape) in enumerate(sorted(shapes.items())):
        size = int(np.prod(shape))
        tensors[f"{name}/weight"] = (np.arange(size).reshape(shape) + number * 100).astype(np.float16)
        bias = np.full(shape[0], number, np.float16)
        if name.endswith("self_attention/linear_0"):
            bias[STATE : 2 * STATE] = 0
        if name == f"{cross}/linear_1":
            bias[:STATE] = 0
        tensors[f"{name}/bias"] = bias
    return tensors


def write_model(folder: Path, tensors: dict[str, np.ndarray], version: int = 6) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    kinds = {"f4": 0, "i1": 1, "i2": 2, "i4": 3, "f2": 4}
    data = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(tensors))
    for name, array in tensors.items():
        data += text(name) + struct.pack("<B", array.ndim) + struct.pack(f"<{array.ndim}I", *array.shape)
        data += struct.pack("<BI", kinds[array.dtype.str[1:]], array.nbytes) + array.tobytes()
    (folder / "model.bin").write_bytes(data + struct.pack("<I", 0))
    (folder / "config.json").write_text(json.dumps({"alignment_heads": [[0, 1]]}))


def test_tensors_get_openai_s_names_and_joined_ones_are_split(tmp_path: Path) -> None:
    tensors = tiny_tensors()
    write_model(tmp_path, tensors)
    checkpoint = read_checkpoint(tmp_path)
    state = checkpoint["model_state_dict"]
    joined = tensors["decoder/layer_0/self_attention/linear_0/weight"].astype(np.float32)
    assert np.array_equal(state["decoder.blocks.0.attn.query.weight"], joined[:4])
    assert np.array_equal(state["decoder.blocks.0.attn.key.weight"], joined[4:8])
    assert np.array_equal(state["decoder.blocks.0.attn.value.weight"], joined[8:])
    crossed = tensors["decoder/layer_0/attention/linear_1/weight"].astype(np.float32)
    assert np.array_equal(state["decoder.blocks.0.cross_attn.key.weight"], crossed[:4])
    assert "decoder.blocks.0.attn.key.bias" not in state
    assert all(array.dtype == np.float32 for array in state.values())
    assert checkpoint["dims"] == {
        "n_mels": 3, "n_audio_ctx": 5, "n_audio_state": 4, "n_audio_head": 2, "n_audio_layer": 1,
        "n_vocab": 6, "n_text_ctx": 7, "n_text_state": 4, "n_text_head": 2, "n_text_layer": 1,
    }  # fmt: skip
    assert checkpoint["alignment_heads"] == [(0, 1)]


def test_names_are_those_of_whisper_s_own_model(tmp_path: Path) -> None:
    from whisper.model import ModelDimensions, Whisper

    write_model(tmp_path, tiny_tensors())
    checkpoint = read_checkpoint(tmp_path)
    model = Whisper(ModelDimensions(**checkpoint["dims"]))
    assert set(checkpoint["model_state_dict"]) == set(model.state_dict())


def test_a_file_that_is_cut_off_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path, tiny_tensors())
    whole = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="ends early"):
        read_tensors(tmp_path / "model.bin")
    write_model(tmp_path, tiny_tensors(), version=5)
    with pytest.raises(InputError, match="format 6"):
        read_tensors(tmp_path / "model.bin")
    (tmp_path / "model.bin").write_bytes(b"text")
    with pytest.raises(InputError, match="ends early"):
        read_tensors(tmp_path / "model.bin")


def test_quantised_or_missing_tensors_are_named(tmp_path: Path) -> None:
    tensors = tiny_tensors()
    tensors["encoder/conv1/weight"] = np.zeros((4, 3, 3), np.int8)
    write_model(tmp_path, tensors)
    with pytest.raises(InputError, match="quantised"):
        read_checkpoint(tmp_path)
    del tensors["encoder/conv1/weight"]
    write_model(tmp_path, tensors)
    with pytest.raises(InputError, match="conv1/weight"):
        read_checkpoint(tmp_path)
