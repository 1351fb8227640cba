"""What an exchange file lays down, before its sources are known: the value that every format is read into.

::

    .edl .xml .otio → Layout → (sources matched) → Timeline
    Timeline → .edl .xml .otio
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from mediakit.errors import InputError
from mediakit.media.timeline import Item, SoundClip, Timeline

MAX_BYTES = 16 << 20
"""Of an exchange file."""

MAX_FRAMES = 120 * 3600 * 24
"""Of a timeline or of a place in a source: 24 hours at 120 frames a second."""

MAX_STRETCHES = 100_000
MARK = "MEDIAKIT"
"""What our own comments begin with; their JSON holds what a format has no words for."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of something on one track, between two cuts.

    Attributes:
        track: ``V1``, ``V2`` … ``A1``, ``A2`` …
        at: frame of the timeline at which it starts.
        frames: how long it lasts.
        name: what the file calls the clip.
        reel: tape or camera roll.
        file: path, URL or file name that the file gives for the media: a hint for matching, never opened.
        timecode: the source's timecode, counted at ``rate``: at ``at`` where there is no offset, else where the
            offset counts from; None where the file gives none.
        clock: the same as exact seconds since 00:00:00:00, where the file counts frames and marks no drop-frame.
        offset: seconds from the media's beginning; None where the file gives timecode alone.
        rate: frames a second of ``timecode``.
        loose: seconds from the media's beginning, where the file leaves open whether it gives them or timecode.
        black: nothing but a colour.
        dissolve: frames of the transition from the stretch before it: before the cut, behind the cut.
        fade_in: frames in which it comes up from nothing.
        fade_out: frames in which it goes to nothing.
        level_db: of sound.
        title: the track's name.
        number: the event's number, as the file counts.
        line: of the file.
        extra: what our own comment says of it.
    """

    track: str
    at: int
    frames: int
    name: str = ""
    reel: str = ""
    file: str = field(default="", compare=False)
    timecode: str | None = None
    clock: Fraction | None = None
    offset: Fraction | None = None
    rate: Fraction | None = None
    loose: Fraction | None = None
    black: bool = False
    dissolve: tuple[int, int] | None = None
    fade_in: int = 0
    fade_out: int = 0
    level_db: float = 0.0
    title: str = field(default="", compare=False)
    number: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)
    extra: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def is_picture(self) -> bool:
        """Whether it lies on a picture track."""
        return self.track.startswith("V")

    @property
    def end(self) -> int:
        """The frame behind it."""
        return self.at + self.frames


@dataclass(frozen=True)
class Layout:
    """What a file says.

    Attributes:
        fps: frames a second of the timeline.
        name: its title.
        timecode: of its first frame.
        stretches: of all tracks, each track's in order.
        header: what our own comments say of the whole.
        warnings: what was left out while reading.
        drop: the file says that it counts drop-frame, and marks no timecode as such.
    """

    fps: Fraction
    name: str = ""
    timecode: str | None = field(default=None, compare=False)
    stretches: tuple[Stretch, ...] = ()
    header: Mapping[str, Any] | None = field(default=None, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    drop: bool = field(default=False, compare=False)


def read_bounded(path: Path) -> bytes:
    """Return an exchange file's bytes.

    Raises:
        InputError: missing, not a plain file, empty, or larger than any edit.
    """
    try:
        if not path.is_file():
            raise InputError("there is no such file" if not path.exists() else "is not a file", where=path)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES >> 20} MB, which no edit is", where=path)
    if not data.strip():
        raise InputError("is empty", where=path)
    return data


def decode_text(data: bytes, where: Path) -> str:
    """Return text in UTF-8, UTF-16 (with its mark), GB 18030 or Latin-1.

    Raises:
        InputError: not text.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codecs: tuple[str, ...] = ("utf-16",)
    else:
        codecs = ("utf-8-sig", "gb18030", "latin-1")
    for codec in codecs:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0e-\x1f]", text):
            break
        return text
    raise InputError("is not a text file", where=where)


def fail_at(message: str, where: Path, line: int | None, hint: str | None = None) -> NoReturn:
    """Raise an ``InputError`` that names the file and the line."""
    raise InputError(message, where=str(where) if line is None else f"{where}:{line}", hint=hint)


def parse_json_note(text: str) -> dict[str, Any] | None:
    """Return what one of our own comments says, or None where it is damaged (anyone may have edited it)."""
    if text.count("[") + text.count("{") > 10_000:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def format_json_note(value: Mapping[str, Any]) -> str:
    """Return JSON on one line, in ASCII, so that it survives programs that know no other."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def describe_header(timeline: Timeline) -> dict[str, Any]:
    """Return what our comments say of a timeline as a whole."""
    return {
        "name": timeline.name,
        "fps": str(timeline.fps),
        "timecode": timeline.timecode,
        "sources": [_dump(source) for source in timeline.sources],
        "overlays": [_dump(overlay) for overlay in timeline.overlays],
    }


def describe_item(item: Item) -> dict[str, Any]:
    """Return what our comments say of an item of the picture."""
    return {"kind": getattr(item, "kind", ""), **_dump(item)}


def describe_sound(order: int, clip: SoundClip) -> dict[str, Any]:
    """Return what our comments say of a stretch of sound; ``order`` is its place in the timeline's list."""
    return {"kind": "sound", "order": order, **_dump(clip)}


def _dump(value: Any) -> dict[str, Any]:
    data: dict[str, Any] = value.model_dump(mode="json", exclude_defaults=True)
    return data


def rebuild_timeline(layout: Layout) -> Timeline | None:
    """Return the timeline that our own comments describe, or None where any is missing or damaged.

    Whether the file still says the same is for the caller to check.
    """
    from pydantic import ValidationError

    if layout.header is None:
        return None
    picture: list[Mapping[str, Any]] = []
    sound: list[tuple[int, dict[str, Any]]] = []
    for stretch in layout.stretches:
        if stretch.is_picture:
            if stretch.extra is None:
                return None
            picture.append(stretch.extra)
        elif stretch.extra is not None:
            data = {key: value for key, value in stretch.extra.items() if key not in ("kind", "order")}
            order = stretch.extra.get("order")
            if not isinstance(order, int):
                return None
            if order not in dict(sound):
                sound.append((order, data))
    clips = [data for _, data in sorted(sound, key=lambda pair: pair[0])]
    try:
        return Timeline.model_validate({**layout.header, "picture": picture, "sound": clips})
    except (ValidationError, ValueError, TypeError):
        return None
