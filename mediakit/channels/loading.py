"""Reading the profiles of this folder, and a user's own channels laid over them.

A user's file holds channels by id, or sections (``channels``, ``loudness``, ``subtitles``, ``qc``, ``safe_areas``).
A channel can start from another one: ``extends: douyin``; what it names itself replaces that channel's value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mediakit.channels.models import Channel, LoudnessProfile, QcProfile, SafeArea, Sourced, SubtitleProfile
from mediakit.errors import RecipeError
from mediakit.media.yamltext import Located, read_yaml

BUILT_IN = {
    "loudness": ("loudness.yaml",),
    "subtitles": ("subtitles.yaml",),
    "qc": ("qc.yaml",),
    "safe_areas": ("safe_areas.yaml",),
    "channels": ("channels_china.yaml", "channels_international.yaml"),
}
MODELS: dict[str, type[Sourced]] = {
    "loudness": LoudnessProfile,
    "subtitles": SubtitleProfile,
    "qc": QcProfile,
    "safe_areas": SafeArea,
    "channels": Channel,
}


@dataclass(frozen=True)
class Profiles:
    """All profiles by id. ``sources`` keeps each channel as it was written, for ``extends``."""

    channels: Mapping[str, Channel]
    subtitles: Mapping[str, SubtitleProfile]
    loudness: Mapping[str, LoudnessProfile]
    qc: Mapping[str, QcProfile]
    safe_areas: Mapping[str, SafeArea]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def channel(self, channel_id: str) -> Channel:
        """Return a channel.

        Raises:
            RecipeError: there is none of this name; the hint has the nearest right one.
        """
        if channel_id not in self.channels:
            raise RecipeError(f"no channel is called {channel_id!r}", hint=suggest(channel_id, self.channels))
        return self.channels[channel_id]


def load_profiles(extra: Path | Located | Mapping[str, Any] | None = None) -> Profiles:
    """Return the built-in profiles, with a user's own laid over them.

    Args:
        extra: a YAML file, what was read from one, or the mapping of a recipe's ``channels`` block.

    Raises:
        InputError: the file cannot be read.
        RecipeError: not YAML, an unknown key, a wrong value or a profile that does not exist; says where.
    """
    built_in = _load_built_in()
    if extra is None:
        return built_in
    origin = read_yaml(extra) if isinstance(extra, Path) else extra
    if not isinstance(origin, Located):
        origin = Located(extra, Path())
    if not isinstance(origin.value, Mapping):
        raise _error(origin, "channels must be a mapping from id to channel", ())
    return _merge(built_in, origin.value, origin)


def _error(origin: Located, message: str, location: tuple[Any, ...], hint: str | None = None) -> RecipeError:
    """Return an error that points at the nearest line that is known; a plain mapping has no file."""
    if origin.file == Path():
        return RecipeError(message, hint=hint)
    return origin.error(message, location, hint)


def get_channel(channel_id: str, extra: Path | Mapping[str, Any] | None = None) -> Channel:
    """Return one channel by id (`load_profiles`, `Profiles.channel`)."""
    return load_profiles(extra).channel(channel_id)


def suggest(word: str, known: Mapping[str, Any] | list[str]) -> str:
    """Return a hint with the nearest right words, or all of them."""
    near = get_close_matches(word, list(known), n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "known are " + ", ".join(sorted(known))


@lru_cache(maxsize=1)
def _load_built_in() -> Profiles:
    from ruamel.yaml import YAML

    profiles = Profiles({}, {}, {}, {}, {}, {})
    for section, names in BUILT_IN.items():
        for name in names:
            resource = files("mediakit.channels").joinpath(name)
            data = YAML(typ="safe").load(resource.read_text(encoding="utf-8"))
            profiles = _merge(profiles, {section: data}, Located(data, Path(name)))
    return profiles


def _merge(base: Profiles, data: Mapping[str, Any], origin: Located) -> Profiles:
    sectioned = bool(data) and all(key in MODELS for key in data)
    sections = data if sectioned else {"channels": data}
    for section in ("safe_areas", "loudness", "subtitles", "qc"):
        made = dict(getattr(base, section))
        for name, raw in _entries(sections.get(section), (section,), origin):
            made[name] = _validate(MODELS[section], raw, (section, name), origin)
        base = replace(base, **{section: made})
    prefix = ("channels",) if sectioned else ()
    raw_channels = dict(_entries(sections.get("channels"), prefix, origin))
    sources, channels = dict(base.sources), dict(base.channels)
    for name in raw_channels:
        source = _resolve(name, raw_channels, base.sources, (*prefix, name), origin)
        sources[name] = source
        channels[name] = _make_channel(source, base, (*prefix, name), origin)
    return replace(base, channels=channels, sources=sources)


def _entries(block: Any, location: tuple[Any, ...], origin: Located) -> list[tuple[str, Mapping[str, Any]]]:
    if block is None:
        return []
    if not isinstance(block, Mapping):
        raise _error(origin, "must be a mapping from id to profile", location)
    for name, raw in block.items():
        if not isinstance(name, str) or not name.replace("_", "").replace("-", "").isalnum():
            raise _error(origin, f"{name!r} cannot be an id", (*location, name), "use letters, digits, - and _")
        if not isinstance(raw, Mapping):
            raise _error(origin, f"{name} must be a mapping", (*location, name))
    return [(name, raw) for name, raw in block.items()]


def _resolve(
    name: str,
    own: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    location: tuple[Any, ...],
    origin: Located,
) -> Mapping[str, Any]:
    """Follow ``extends`` from a channel to its end and lay the values over each other."""
    chain: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    raw: Mapping[str, Any] | None = own[name]
    while raw is not None:
        parent = raw.get("extends")
        chain.append({key: value for key, value in raw.items() if key != "extends"})
        if parent is None:
            break
        if parent in seen or (parent == name and name not in known):
            raise _error(origin, f"extends runs in a circle at {parent!r}", (*location, "extends"))
        seen.add(parent)
        raw = known.get(parent) if parent == name else own.get(parent, known.get(parent))
        if raw is None:
            raise _error(
                origin,
                f"extends names {parent!r}, which is no channel",
                (*location, "extends"),
                suggest(str(parent), [*own, *known]),
            )
    merged: dict[str, Any] = {}
    for layer in reversed(chain):
        merged = _overlay(merged, layer)
    return merged


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _overlay(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def _make_channel(source: Mapping[str, Any], profiles: Profiles, location: tuple[Any, ...], origin: Located) -> Channel:
    raw = dict(source)
    area = raw.get("safe_area")
    if isinstance(area, str):
        if area not in profiles.safe_areas:
            hint = suggest(area, profiles.safe_areas)
            raise _error(origin, f"no safe area is called {area!r}", (*location, "safe_area"), hint)
        raw["safe_area"] = profiles.safe_areas[area].margins
    channel = _validate(Channel, raw, location, origin)
    assert isinstance(channel, Channel)
    wanted: list[tuple[str, tuple[str, ...], str, Mapping[str, Any]]] = [
        ("loudness profile", ("audio", "loudness"), channel.audio.loudness, profiles.loudness),
        ("qc profile", ("qc",), channel.qc, profiles.qc),
    ]
    if channel.subtitles is not None:
        names = (channel.subtitles.profile, *channel.subtitles.profiles.values())
        wanted += [("subtitle profile", ("subtitles", "profile"), name, profiles.subtitles) for name in names]
    for kind, key, name, known in wanted:
        if name not in known:
            raise _error(origin, f"no {kind} is called {name!r}", (*location, *key), suggest(name, known))
    return channel


def _validate(model: type[Sourced], raw: Mapping[str, Any], location: tuple[Any, ...], origin: Located) -> Any:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = tuple(part for part in first["loc"] if not str(part).startswith("function-"))
        key = ".".join(str(part) for part in (*location, *where))
        if first["type"] == "extra_forbidden":
            message, hint = f"{key} is not a known key", suggest(str(where[-1]), sorted(_words(model)))
        elif first["type"] == "missing":
            message, hint = f"{key} is missing", "start from another channel with `extends: ID` to inherit the rest"
        else:
            message, hint = f"{key}: {first['msg'].removeprefix('Value error, ')}", None
        raise _error(origin, message, (*location, *where), hint) from exc


def _words(model: type[Sourced]) -> set[str]:
    """Return every key that a profile may hold, at any depth."""
    schema = model.model_json_schema(by_alias=True)
    words = set(schema.get("properties", {}))
    for part in schema.get("$defs", {}).values():
        words |= set(part.get("properties", {}))
    return words | {"extends"}
