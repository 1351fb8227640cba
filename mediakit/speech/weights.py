"""Whisper's weights from a CTranslate2 file, under the names that openai-whisper gives them.

Both files hold the same tensors. CTranslate2 joins query, key and value (and key and value of the cross attention)
into one matrix, calls normalisation ``gamma`` and ``beta``, and adds a bias of zeros to keys.

The file (``ctranslate2/specs/model_spec.py``, version 6), little-endian: version u32; specification name; revision
u32; number of tensors u32; each: name, rank u8, sizes u32, type u8, bytes u32, data; then aliases. A string is its
length u16 and bytes ending in zero.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mediakit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensor = NDArray[np.float32]

_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
_MAX_TENSORS = 10_000


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return all tensors of a CTranslate2 ``model.bin`` by name, as they are stored.

    Raises:
        InputError: not such a file, or cut off.
    """
    import numpy as np

    try:
        with path.open("rb") as stream:
            version, name, _ = _number(stream, "I"), _string(stream), _number(stream, "I")
            count = _number(stream, "I")
            if version != 6 or name != "WhisperSpec" or count > _MAX_TENSORS:
                raise InputError("is not a Whisper model in CTranslate2's format 6", where=path)
            tensors = {}
            for _ in range(count):
                label = _string(stream)
                shape = tuple(_number(stream, "I") for _ in range(_number(stream, "B")))
                kind, size = _TYPES[_number(stream, "B")], _number(stream, "I")
                tensors[label] = np.frombuffer(_exactly(stream, size), kind).reshape(shape)
    except (OSError, struct.error, KeyError, ValueError, UnicodeDecodeError) as exc:
        raise InputError(f"cannot be read as a CTranslate2 model ({exc})", where=path) from exc
    return tensors


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise ValueError("the file ends early")
    return data


def _number(stream: BinaryIO, kind: str) -> int:
    return int(struct.unpack(f"<{kind}", _exactly(stream, struct.calcsize(kind)))[0])


def _string(stream: BinaryIO) -> str:
    return _exactly(stream, _number(stream, "H")).rstrip(b"\0").decode()


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """Return what openai-whisper's ``.pt`` holds for a CTranslate2 folder, as float32 NumPy arrays.

    Returns:
        ``dims`` (a dictionary of sizes), ``model_state_dict`` (name to array) and ``alignment_heads``
        (pairs of layer and head whose attention tells word times).

    Raises:
        InputError: not a Whisper model, or its weights are quantised.
    """
    tensors = read_tensors(folder / "model.bin")
    state: dict[str, Tensor] = {}
    try:
        for part in ("encoder", "decoder"):
            _take_part(tensors, state, part)
        _take_linear(tensors, state, "encoder/conv1", "encoder.conv1")
        _take_linear(tensors, state, "encoder/conv2", "encoder.conv2")
        state["decoder.token_embedding.weight"] = _float(tensors["decoder/embeddings/weight"])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        dims = _sizes(tensors, state)
    except KeyError as exc:
        raise InputError(f"lacks the tensor {exc}", where=folder / "model.bin") from exc
    except ValueError as exc:
        raise InputError(str(exc), where=folder, hint="take a float16 or float32 model") from exc
    heads = [tuple(pair) for pair in config.get("alignment_heads", [])]
    return {"dims": dims, "model_state_dict": state, "alignment_heads": heads}


def _float(tensor: NDArray[Any]) -> Tensor:
    import numpy as np

    if tensor.dtype.kind != "f":
        raise ValueError("its weights are quantised, openai-whisper needs them in floating point")
    return tensor.astype(np.float32)


def _take_linear(tensors: dict[str, NDArray[Any]], state: dict[str, Tensor], source: str, target: str) -> None:
    state[f"{target}.weight"] = _float(tensors[f"{source}/weight"])
    state[f"{target}.bias"] = _float(tensors[f"{source}/bias"])


def _take_norm(tensors: dict[str, NDArray[Any]], state: dict[str, Tensor], source: str, target: str) -> None:
    state[f"{target}.weight"] = _float(tensors[f"{source}/gamma"])
    state[f"{target}.bias"] = _float(tensors[f"{source}/beta"])


def _take_part(tensors: dict[str, NDArray[Any]], state: dict[str, Tensor], part: str) -> None:
    state[f"{part}.positional_embedding"] = _float(tensors[f"{part}/position_encodings/encodings"])
    norm = "ln_post" if part == "encoder" else "ln"
    _take_norm(tensors, state, f"{part}/layer_norm", f"{part}.{norm}")
    layer = 0
    while f"{part}/layer_{layer}/ffn/linear_0/weight" in tensors:
        source, target = f"{part}/layer_{layer}", f"{part}.blocks.{layer}"
        _take_norm(tensors, state, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
        _take_attention(tensors, state, f"{source}/self_attention", f"{target}.attn", crossed=False)
        if part == "decoder":
            _take_norm(tensors, state, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
            _take_attention(tensors, state, f"{source}/attention", f"{target}.cross_attn", crossed=True)
        _take_norm(tensors, state, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
        _take_linear(tensors, state, f"{source}/ffn/linear_0", f"{target}.mlp.0")
        _take_linear(tensors, state, f"{source}/ffn/linear_1", f"{target}.mlp.2")
        layer += 1


def _take_attention(
    tensors: dict[str, NDArray[Any]], state: dict[str, Tensor], source: str, target: str, *, crossed: bool
) -> None:
    """Split the joined matrices: q, k, v in one, or q alone and k, v in the next."""
    import numpy as np

    joined = 2 if crossed else 1
    weight = np.concatenate([_float(tensors[f"{source}/linear_{n}/weight"]) for n in range(joined)])
    bias = np.concatenate([_float(tensors[f"{source}/linear_{n}/bias"]) for n in range(joined)])
    for name, part, shift in zip(("query", "key", "value"), np.split(weight, 3), np.split(bias, 3), strict=True):
        state[f"{target}.{name}.weight"] = part
        if name != "key":
            state[f"{target}.{name}.bias"] = shift
        elif np.any(shift):
            raise ValueError("its keys have a bias, which openai-whisper's model does not know")
    _take_linear(tensors, state, f"{source}/linear_{joined}", f"{target}.out")


def _sizes(tensors: dict[str, NDArray[Any]], state: dict[str, Tensor]) -> dict[str, int]:
    def layers(part: str) -> int:
        return len({name.split(".")[2] for name in state if name.startswith(f"{part}.blocks.")})

    n_audio_ctx, n_audio_state = state["encoder.positional_embedding"].shape
    n_text_ctx, n_text_state = state["decoder.positional_embedding"].shape
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": n_audio_ctx,
        "n_audio_state": n_audio_state,
        "n_audio_head": int(tensors["encoder/num_heads"]),
        "n_audio_layer": layers("encoder"),
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": n_text_ctx,
        "n_text_state": n_text_state,
        "n_text_head": int(tensors["decoder/num_heads"]),
        "n_text_layer": layers("decoder"),
    }
