"""Reading the profiles of this folder, and a user's own channels laid over them.

A user's file holds channels by id, or sections (``channels``, ``loudness``, ``subtitles``, ``qc``, ``safe_areas``).
A channel can start from another one: ``extends: douyin``; what it names itself replaces that channel's value.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mediakit.channels.builtin import Entries, read_built_in
from mediakit.channels.models import Channel, LoudnessProfile, QcProfile, SafeArea, Sourced, SubtitleProfile
from mediakit.errors import RecipeError
from mediakit.media.mistakes import find_mistakes, suggest
from mediakit.media.yamltree import Place, Tree, read_yaml

MODELS: dict[str, type[Sourced]] = {
    "loudness": LoudnessProfile,
    "subtitles": SubtitleProfile,
    "qc": QcProfile,
    "safe_areas": SafeArea,
    "channels": Channel,
}
_PLAIN = ("safe_areas", "loudness", "subtitles", "qc")
"""Sections whose entries stand for themselves; channels name them."""


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


def load_profiles(extra: Path | Tree | Mapping[str, Any] | None = None) -> Profiles:
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
    if isinstance(extra, Mapping):
        return _load_mapping(json.dumps(extra)) if extra else built_in
    tree = read_yaml(extra) if isinstance(extra, Path) else extra
    if not isinstance(tree.data, Mapping):
        raise tree.error((), "channels must be a mapping from id to channel")
    return _merge(built_in, tree.data, tree)


def get_channel(channel_id: str, extra: Path | Mapping[str, Any] | None = None) -> Channel:
    """Return one channel by id (`load_profiles`, `Profiles.channel`)."""
    return load_profiles(extra).channel(channel_id)


@lru_cache(maxsize=16)
def _load_mapping(text: str) -> Profiles:
    """Return the profiles with a recipe's ``channels`` block over them; hundreds of items ask for the same."""
    return _merge(_load_built_in(), json.loads(text), Tree(None, ""))


@lru_cache(maxsize=1)
def _load_built_in() -> Profiles:
    tree = Tree(None, "built-in profiles")
    raw = {section: read_built_in(section) for section in MODELS}
    made: dict[str, Entries[Any]] = {
        section: Entries(raw[section], partial(_make_built_in, raw[section], section, tree)) for section in _PLAIN
    }
    own = raw["channels"]
    sources = Entries(own, lambda name: _resolve(name, own, {}, ("channels", name), tree))
    profiles = Profiles(channels={}, sources=sources, **made)
    channels = Entries(own, lambda name: _make_channel(sources[name], profiles, ("channels", name), tree))
    return replace(profiles, channels=channels)


def _make_built_in(raw: Mapping[str, Any], section: str, tree: Tree, name: str) -> Any:
    return _validate(MODELS[section], raw[name], (section, name), tree)


def _merge(base: Profiles, data: Mapping[str, Any], tree: Tree) -> Profiles:
    sectioned = bool(data) and all(key in MODELS for key in data)
    sections = data if sectioned else {"channels": data}
    for section in _PLAIN:
        made: dict[str, Any] = {}
        for name, raw in _entries(sections.get(section), (section,), tree):
            made[name] = _validate(MODELS[section], raw, (section, name), tree)
        base = replace(base, **{section: ChainMap(made, getattr(base, section))})
    prefix = ("channels",) if sectioned else ()
    raw_channels = dict(_entries(sections.get("channels"), prefix, tree))
    sources: dict[str, Any] = {}
    channels: dict[str, Channel] = {}
    for name in raw_channels:
        sources[name] = _resolve(name, raw_channels, base.sources, (*prefix, name), tree)
        channels[name] = _make_channel(sources[name], base, (*prefix, name), tree)
    return replace(base, channels=ChainMap(channels, base.channels), sources=ChainMap(sources, base.sources))  # type: ignore[arg-type]


def _entries(block: Any, location: Place, tree: Tree) -> list[tuple[str, Mapping[str, Any]]]:
    if block is None:
        return []
    if not isinstance(block, Mapping):
        raise tree.error(location, "must be a mapping from id to profile", at_key=True)
    for name, raw in block.items():
        if not isinstance(name, str) or not name.replace("_", "").replace("-", "").isalnum():
            hint = "use letters, digits, - and _"
            raise tree.error((*location, name), f"{name!r} cannot be an id", hint, at_key=True)
        if not isinstance(raw, Mapping):
            raise tree.error((*location, name), f"{name} must be a mapping", at_key=True)
    return [(name, raw) for name, raw in block.items()]


def _resolve(
    name: str,
    own: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    location: Place,
    tree: Tree,
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
            raise tree.error((*location, "extends"), f"extends runs in a circle at {parent!r}", at_key=True)
        seen.add(parent)
        raw = known.get(parent) if parent == name else own.get(parent, known.get(parent))
        if raw is None:
            message, hint = f"extends names {parent!r}, which is no channel", suggest(str(parent), [*own, *known])
            raise tree.error((*location, "extends"), message, hint, at_key=True)
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


def _make_channel(source: Mapping[str, Any], profiles: Profiles, location: Place, tree: Tree) -> Channel:
    raw = dict(source)
    area = raw.get("safe_area")
    if isinstance(area, str):
        if area not in profiles.safe_areas:
            hint = suggest(area, profiles.safe_areas)
            raise tree.error((*location, "safe_area"), f"no safe area is called {area!r}", hint, at_key=True)
        raw["safe_area"] = profiles.safe_areas[area].margins
    channel = _validate(Channel, raw, location, tree)
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
            raise tree.error((*location, *key), f"no {kind} is called {name!r}", suggest(name, known), at_key=True)
    return channel


def _validate(model: type[Sourced], raw: Mapping[str, Any], location: Place, tree: Tree) -> Any:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as exc:
        mistake = find_mistakes(exc, model, raw)[0]
        place = (*location, *mistake.place)
        hint = mistake.hint
        if mistake.kind == "missing":
            hint = "start from another channel with `extends: ID` to inherit the rest"
        raise tree.error(place, mistake.describe(place), hint, at_key=True) from exc
