"""``shorts.yaml``: proposals for shorts, made to be read and changed by a person."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import ClassVar

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value, write_text_atomic
from mediakit.media.times import Duration, format_place
from mediakit.media.yamlmodel import read_model
from mediakit.media.yamltree import Tree

PAST_END_S = 0.1
"""How far a span may reach beyond the source's end before it is refused (rounding of durations)."""

_PLAIN_SCALAR = re.compile(r"[^\W\d_][\w /（）·-]*")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

_SAID = {
    "string_pattern_mismatch": "an id is made of letters, digits, _ and -, 64 at most",
    "missing": "Field required",
}
"""What is said in place of the model's words, by kind of mistake."""

_HEADER = """\
# Proposals for shorts. Change what you like: this file is an input from then on and is never overwritten.
#   start, end   minutes:seconds in the source (00:12.40), or seconds (12.4)
#   spans        one or more, played in this order
#   cover        time of its cover's frame in the source; without it a good frame is chosen
#   channels     where this short may go; empty means every channel that the recipe names
# Take a short out by deleting its block; add one by copying a block and giving it another id.
"""


class ShortSpan(Value):
    """A stretch of the source, ``start`` to ``end`` in seconds; times may be written ``00:12.40``."""

    start: Duration = Field(ge=0)
    end: Duration = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> ShortSpan:
        if self.end <= self.start:
            raise ValueError("a span ends before it starts")
        return self


class Short(Value):
    """One short: its spans in playing order, a title, a lead line to stand above it, why it was proposed, its channels.

    ``score_parts`` are ranks within the episode, 0 to 1. ``cover`` is the time of its cover's frame in the source, in
    seconds; None has a good one chosen.
    """

    id: str = Field(pattern=r"^[\w-]{1,64}$")
    title: str = ""
    lead: str = ""
    spans: tuple[ShortSpan, ...] = Field(min_length=1)
    opens_with: str = ""
    closes_with: str = ""
    score: float | None = None
    score_parts: dict[str, float] = Field(default_factory=dict)
    channels: tuple[str, ...] = ()
    cover: Duration | None = Field(default=None, ge=0)

    @property
    def duration(self) -> float:
        """Seconds, all spans together."""
        return sum(span.end - span.start for span in self.spans)


class ShortsList(Document):
    """The shorts proposed for one source (``source_digest``: SHA-256 of the media file)."""

    kind: ClassVar[str] = "mediakit/shorts/1"

    source_digest: str = ""
    language: str = ""
    shorts: tuple[Short, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> ShortsList:
        seen: set[str] = set()
        for short in self.shorts:
            if short.id.casefold() in seen:
                raise ValueError(f"two shorts have the id {short.id!r}")
            seen.add(short.id.casefold())
        return self


def format_shorts(shorts: ShortsList) -> str:
    """Return the text of ``shorts.yaml``; equal lists, equal text."""
    lines = [_HEADER + f"schema: {ShortsList.kind}"]
    lines += [f"{name}: {_scalar(value)}" for name in ("source_digest", "language") if (value := getattr(shorts, name))]
    lines.append("shorts:" if shorts.shorts else "shorts: []")
    for number, short in enumerate(shorts.shorts, 1):
        lines += _format_short(number, short)
    return "\n".join(lines) + "\n"


def write_shorts(shorts: ShortsList, path: Path) -> None:
    """Write ``shorts.yaml``, atomically."""
    write_text_atomic(path, format_shorts(shorts))


def _format_short(number: int, short: Short) -> list[str]:
    lines = ["", f"  # {number}: {short.duration:.1f} s", f"  - id: {_scalar(short.id)}"]
    lines.append(f"    title: {_scalar(short.title)}")
    if short.lead:
        lines.append(f"    lead: {_scalar(short.lead)}")
    lines.append("    spans:")
    lines += [
        f"      - {{start: {format_place(span.start, 2)}, end: {format_place(span.end, 2)}}}" for span in short.spans
    ]
    if short.opens_with:
        lines.append(f"    opens_with: {_scalar(short.opens_with)}")
    if short.closes_with:
        lines.append(f"    closes_with: {_scalar(short.closes_with)}")
    if short.score is not None:
        lines.append(f"    score: {short.score:g}")
    if short.score_parts:
        parts = ", ".join(f"{_scalar(name)}: {value:g}" for name, value in short.score_parts.items())
        lines.append(f"    score_parts: {{{parts}}}")
    if short.cover is not None:
        lines.append(f"    cover: {format_place(short.cover, 2)}")
    lines.append(f"    channels: [{', '.join(_scalar(channel) for channel in short.channels)}]")
    return lines


def _scalar(text: str) -> str:
    """Return text as YAML: plain where that is safe, else in double quotes."""
    if _PLAIN_SCALAR.fullmatch(text) and text.strip() == text and text.casefold() not in _WORDS:
        return text
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04X}", json.dumps(text, ensure_ascii=False))


def read_shorts(path: Path, *, duration: float | None = None) -> ShortsList:
    """Read and check ``shorts.yaml``.

    Args:
        path: the file.
        duration: the source's length in seconds, which no span may pass.

    Raises:
        InputError: missing or unreadable.
        RecipeError: wrong at a line and column, with the nearest right word where there is one.
    """
    wanted, start = "is not a list of shorts", "start with `schema: mediakit/shorts/1` and `shorts:`"
    read = read_model(path, ShortsList, wanted=wanted, hint=start, said=_SAID)
    shorts = read.value
    if duration is not None:
        _check_spans(shorts, duration, read.tree)
    return shorts


def _check_spans(shorts: ShortsList, duration: float, tree: Tree) -> None:
    for k, short in enumerate(shorts.shorts):
        for n, span in enumerate(short.spans):
            if span.end > duration + PAST_END_S:
                name = "start" if span.start >= duration else "end"
                message = (
                    f"short {short.id!r} {name}s at {format_place(getattr(span, name), 2)}, and the source ends at "
                    f"{format_place(duration, 2)}"
                )
                raise tree.error(("shorts", k, "spans", n, name), message, at_key=True)
