"""``speakers.yaml``: what the people are called who were told apart by their voices.

Each entry names one of them by ``id`` (``S1`` is who is heard first), by a time at which they speak (``at``), or by
words that they say (``first_words``). Two ids with one name are one person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.times import format_clock, parse_duration
from mediakit.media.transcript import Segment
from mediakit.media.yamltree import read_yaml
from mediakit.speech.attribution import speaker_id
from mediakit.speech.entries import parse_entries
from mediakit.speech.speaking import Speaking

HINT = "an entry is {name: ..., id: S1}, {name: ..., at: 0:31-0:36} or {name: ..., first_words: ...}"

_MOST_AT_S = 600.0
_BELONGS = 0.6


def _parse_span(value: object) -> object:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return value
    first, _, last = str(value).partition("-")
    start = parse_duration(first.strip())
    end = parse_duration(last.strip()) if last.strip() else start + 1.0
    if not start < end <= start + _MOST_AT_S:
        raise ValueError(f"{value!r} is not a stretch of time such as 0:31-0:36")
    return (start, end)


def _parse_id(value: object) -> object:
    return f"S{value}" if isinstance(value, int) and not isinstance(value, bool) else value


Span = Annotated[
    tuple[float, float],
    BeforeValidator(_parse_span),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\n\r]+$")]


class SpeakerName(Value):
    """What one person is called, and how to know them: one of ``id``, ``at``, ``first_words``."""

    name: Name
    id: Annotated[str | None, BeforeValidator(_parse_id), Field(pattern=r"^S[1-9]\d?$")] = None
    at: Span | None = None
    first_words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] | None = None

    @model_validator(mode="after")
    def _known_by_one(self) -> SpeakerName:
        if sum(one is not None for one in (self.id, self.at, self.first_words)) != 1:
            raise ValueError(f"{self.name!r} needs one of id, at and first_words")
        return self


class SpeakerNames(Document):
    """The file; entries in its order."""

    kind: ClassVar[str] = "mediakit/speakers/1"

    entries: tuple[SpeakerName, ...] = Field(default=(), max_length=200)


def read_speaker_names(path: Path) -> SpeakerNames:
    """Read ``speakers.yaml``.

    Raises:
        InputError: missing or unreadable.
        RecipeError: wrong at a line, with what it takes.
    """
    tree = read_yaml(path)
    names = parse_entries(tree, SpeakerNames, "list of speakers", HINT)
    called: dict[str, str] = {}
    for number, entry in enumerate(names.entries):
        if entry.id is not None and called.setdefault(entry.id, entry.name) != entry.name:
            message = f"not a valid list of speakers: {entry.id} is called both {called[entry.id]!r} and {entry.name!r}"
            raise tree.error(("entries", number), message, HINT)
    return names


def name_speakers(
    segments: Sequence[Segment], speaking: Speaking, names: SpeakerNames | None
) -> tuple[tuple[Segment, ...], list[str]]:
    """Return segments with names in place of ids, and what could not be done.

    Without an entry somebody is called as the script (or an imported file) calls who speaks at the same times.

    Args:
        segments: with ids as `attribute` gives them, or with names already.
        speaking: who speaks when.
        names: the file's entries.
    """
    found, warnings = _find_named(segments, speaking, names)
    for number, name in _named_already(segments, speaking).items():
        found.setdefault(number, name)
    called = {speaker_id(number): name for number, name in found.items()}
    return tuple(
        one.model_copy(update={"speaker": called[one.speaker]}) if one.speaker in called else one for one in segments
    ), warnings


def _find_named(
    segments: Sequence[Segment], speaking: Speaking, names: SpeakerNames | None
) -> tuple[dict[int, str], list[str]]:
    found: dict[int, str] = {}
    warnings: list[str] = []
    for entry in names.entries if names is not None else ():
        number, missing = _find(entry, segments, speaking)
        if number is None:
            warnings.append(f"{entry.name} is not among the speakers: {missing}")
        elif found.setdefault(number, entry.name) != entry.name:
            warnings.append(
                f"{found[number]} and {entry.name} were taken for one voice ({speaker_id(number)}): "
                "say how many people speak"
            )
    return found, warnings


def _find(entry: SpeakerName, segments: Sequence[Segment], speaking: Speaking) -> tuple[int | None, str]:
    """Return whom an entry means, or None and why nobody."""
    if entry.id is not None:
        named = int(entry.id[1:]) - 1
        return (named, "") if named < speaking.count else (None, f"there are {speaking.count} and no {entry.id}")
    if entry.at is not None:
        shares = speaking.shares(*entry.at)
        if not len(shares) or float(max(shares)) <= 0:
            return None, f"nobody speaks at {format_clock(entry.at[0])}"
        return int(shares.argmax()), ""
    assert entry.first_words is not None
    wanted = _plain(entry.first_words)
    said = [(one, _plain(one.text)) for one in segments]
    for fits in (str.startswith, str.__contains__):
        for segment, text in said:
            if wanted and fits(text, wanted) and (number := _number_of(segment.speaker)) is not None:
                return number, ""
    return None, f"nobody was heard to say “{entry.first_words}”"


def _named_already(segments: Sequence[Segment], speaking: Speaking) -> dict[int, str]:
    """Return who speaks where somebody else wrote a name, if it is mostly the same name."""
    heard: list[dict[str, float]] = [{} for _ in range(speaking.count)]
    for segment in segments:
        if segment.speaker is None or _number_of(segment.speaker) is not None:
            continue
        for number, share in enumerate(speaking.shares(segment.start, segment.end)):
            own = heard[number]
            own[segment.speaker] = own.get(segment.speaker, 0.0) + float(share) * (segment.end - segment.start)
    return {number: best for number, own in enumerate(heard) if (best := _mostly(own)) is not None}


def _mostly(heard: Mapping[str, float]) -> str | None:
    if not heard:
        return None
    best = max(heard, key=lambda name: (round(heard[name], 6), name))
    return best if heard[best] >= max(1.0, _BELONGS * sum(heard.values())) else None


def _number_of(speaker: str | None) -> int | None:
    return int(speaker[1:]) - 1 if speaker is not None and re.fullmatch(r"S[1-9]\d?", speaker) else None


def _plain(text: Any) -> str:
    return "".join(character for character in str(text).casefold() if character.isalnum())
