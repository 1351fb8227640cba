"""Texts that go with a file, checked against an outlet's limits, and the implicit label of generated content.

The label (GB 45438-2025) is a JSON object with seven string fields. In MP4 and MP3 it is the tag ``AIGC``; where a
container knows no free tags (WAV) the comment holds it under the key ``AIGC``; in MXF it is a user comment.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mediakit.errors import InputError, UsageError

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, CountRange

AIGC_TAG = "AIGC"
_USER_COMMENT = "comment_"
"""How ffmpeg names a user comment of an MXF's material package (a tagged value, SMPTE ST 377-1)."""
AIGC_FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
LABELS = {"1": "is generated", "2": "may be generated", "3": "is suspected to be generated"}
LONGEST_FIELD = 512
_COMMENT_CONTAINERS = ("wav", "bwf")
_LIGHT_RANGES = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


@dataclass(frozen=True)
class TextProblem:
    """A text that an outlet would not take: which field, and why in plain words."""

    field: Literal["title", "description", "tags"]
    message: str


def check_texts(
    channel: Channel, *, title: str = "", description: str = "", tags: Sequence[str] = ()
) -> tuple[TextProblem, ...]:
    """Check the texts of a publication against its channel's limits; limits that are not known are not checked."""
    limits = channel.limits
    problems: list[TextProblem] = []
    for field, text, bounds in (("title", title, limits.title), ("description", description, limits.description)):
        found = _check_length(channel.title, field, count_characters(text, limits.counting), bounds)
        problems += [TextProblem(field, message) for message in found]  # type: ignore[arg-type]
    if "\n" in title.strip():
        problems.append(TextProblem("title", "the title has a line break"))
    if limits.title_symbols is not None:
        wrong = find_symbols(title, limits.title_symbols)
        if wrong:
            message = (
                f"{channel.title} takes no {' '.join(wrong)} in a title; of symbols only {limits.title_symbols} go"
            )
            problems.append(TextProblem("title", message))
    if limits.tags is not None and len(tags) > limits.tags[1]:
        problems.append(TextProblem("tags", f"{len(tags)} tags are more than the {limits.tags[1]} of {channel.title}"))
    return tuple(problems)


def _check_length(outlet: str, field: str, count: int, bounds: CountRange | None) -> list[str]:
    if bounds is None:
        return []
    least, most = bounds
    if count > most:
        return [f"the {field} has {count} characters, {outlet} takes at most {most}"]
    if count < least:
        return [f"the {field} has {count} characters, {outlet} wants at least {least}"]
    return []


def count_characters(text: str, counting: str = "characters") -> int:
    """Count a text the outlet's way: every character as one, or wide ones as two (``weighted``)."""
    composed = unicodedata.normalize("NFC", text.strip())
    if counting == "weighted":
        return sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT_RANGES) else 2 for char in composed)
    return len(composed)


def find_symbols(text: str, allowed: str) -> tuple[str, ...]:
    """Return the symbols (neither letters, digits nor spaces) in a text that are not among ``allowed``, each once."""
    wrong = (
        char for char in text if unicodedata.category(char)[0] in "PSC" and char not in allowed and char not in "\n\r\t"
    )
    return tuple(dict.fromkeys(wrong))


def build_aigc(
    *,
    producer: str,
    produce_id: str,
    label: str = "1",
    propagator: str = "",
    propagate_id: str = "",
    reserved_1: str = "",
    reserved_2: str = "",
) -> dict[str, str]:
    """Return the label's fields, all strings.

    Args:
        producer: name or code of who generated the content.
        produce_id: the producer's number of this content.
        label: ``1`` is generated, ``2`` may be, ``3`` is suspected to be.
        propagator: name or code of who publishes it.
        propagate_id: the publisher's number of it.
        reserved_1: the producer's own use, such as an integrity code.
        reserved_2: the publisher's own use.

    Raises:
        UsageError: an unknown label, or a field that is too long.
    """
    if label not in LABELS:
        meanings = ", ".join(f"{key} {meaning}" for key, meaning in LABELS.items())
        raise UsageError(f"{label!r} is no label for generated content", hint=meanings)
    values = (label, producer, produce_id, reserved_1, propagator, propagate_id, reserved_2)
    for name, value in zip(AIGC_FIELDS, values, strict=True):
        if len(value) > LONGEST_FIELD:
            raise UsageError(f"{name} has {len(value)} characters, more than {LONGEST_FIELD}")
    return dict(zip(AIGC_FIELDS, values, strict=True))


def aigc_tags(fields: Mapping[str, str], container: str) -> dict[str, str]:
    """Return the container tags that carry the label: ``mp4``, ``mov``, ``mxf``, ``m4a``, ``mp3``, ``wav`` …."""
    text = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"))
    if container in _COMMENT_CONTAINERS:
        return {"comment": f'{{"{AIGC_TAG}":{text}}}'}
    return {f"{_USER_COMMENT}{AIGC_TAG}" if container == "mxf" else AIGC_TAG: text}


def read_aigc(path: Path) -> dict[str, str] | None:
    """Return the label's fields from a media file, or None where there is none that can be read.

    Raises:
        InputError: the file is no media file.
    """
    from mediakit.tools.opening import open_media

    with open_media(path, probed=False) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    for key in (AIGC_TAG.lower(), f"{_USER_COMMENT}{AIGC_TAG}".lower(), "comment"):
        fields = parse_aigc(tags.get(key, ""))
        if fields is not None:
            return fields
    return None


def parse_aigc(text: str) -> dict[str, str] | None:
    """Return the label's fields from JSON text, bare or below the key ``AIGC``; None where it is no label."""
    if not text.lstrip().startswith("{") or len(text) > 16 * LONGEST_FIELD:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if isinstance(data, dict) and isinstance(data.get(AIGC_TAG), dict):
        data = data[AIGC_TAG]
    if not isinstance(data, dict) or str(data.get("Label")) not in LABELS:
        return None
    return {name: str(data.get(name, "")) for name in AIGC_FIELDS}


def write_tags(source: Path, target: Path, container: str, tags: Mapping[str, str]) -> None:
    """Copy a sound file with tags; its coded sound stays as it is.

    Args:
        source: the file.
        target: the file to write.
        container: ``m4a``, ``mp3``, ``wav`` or ``bwf``.
        tags: such as ``aigc_tags`` gives; ``title`` and ``artist`` go too.

    Raises:
        InputError: ``source`` cannot be opened.
        ToolError: ffmpeg failed.
    """
    from mediakit.render.sound import container_options
    from mediakit.tools.ffmpeg import run_ffmpeg
    from mediakit.tools.opening import check_file, ffmpeg_input

    check_file(source)
    if any("\0" in value or len(value) > 32 * LONGEST_FIELD for value in tags.values()):
        raise InputError("a tag is too long or holds a zero byte", where=source)
    run_ffmpeg(
        [
            *ffmpeg_input(source),
            *("-map", "0:a:0", "-c", "copy"),
            *(part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")),
            *container_options(container),
            f"file:{target}",
        ],
        task=f"write tags into {target.name}",
    )
