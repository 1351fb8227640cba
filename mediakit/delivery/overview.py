"""``overview.json``: what became of every episode of a batch, and of every short that was made of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mediakit.media.document import Document, Value
from mediakit.media.qcreport import Verdict
from mediakit.media.times import plain_number

State = Literal["done", "look", "failed"]


class OverviewCover(Value):
    """A picture that goes out: ``file`` where it is published, ``picture`` a small copy of it (for the page)."""

    file: str
    picture: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class OverviewFile(Value):
    """A short as it was made for one channel; paths are relative to the overview.

    Attributes:
        channel: the channel's id.
        outlet: its name for people.
        title: the title that it goes out with.
        file: the programme.
        package: the folder that goes out; None when there is none.
        covers: its covers.
        seconds: its length.
        size: bytes of all that goes out.
        quality: the verdict of the quality check; None when it was not checked.
        faults: what the check found.
        kept_back: why it was not packaged.
    """

    channel: str
    outlet: str
    title: str = ""
    file: str = ""
    package: str | None = None
    covers: tuple[OverviewCover, ...] = ()
    seconds: float = 0.0
    size: int = 0
    quality: Verdict | None = None
    faults: tuple[str, ...] = ()
    kept_back: tuple[str, ...] = ()


class OverviewShort(Value):
    """One short; ``id`` is empty for the whole programme. ``start`` and ``end`` are in the source, in seconds."""

    id: str
    title: str = ""
    lead: str = ""
    opens_with: str = ""
    score: float | None = None
    start: float | None = None
    end: float | None = None
    seconds: float = 0.0
    files: tuple[OverviewFile, ...] = ()


class OverviewTrouble(Value):
    """Something that went wrong: in which step, about what, how it is put right; ``stopped`` ended the episode."""

    step: str
    subject: str = ""
    message: str
    hint: str | None = None
    stopped: bool = False


class OverviewEpisode(Document):
    """One item of the batch: ``failed`` when nothing was made of it, ``look`` when something is missing or wrong.

    ``list_file`` is its ``shorts.yaml``, to be edited; ``framing_page`` shows each shot's window.
    """

    kind: ClassVar[str] = "mediakit/overview-episode/1"

    item: str
    source: str
    language: str = ""
    seconds: float | None = None
    state: State = "done"
    picture: str | None = None
    list_file: str | None = None
    framing_page: str | None = None
    shorts: tuple[OverviewShort, ...] = ()
    troubles: tuple[OverviewTrouble, ...] = ()


class Overview(Document):
    """All episodes of a batch in the order of their names."""

    kind: ClassVar[str] = "mediakit/overview/1"

    name: str
    language: str = ""
    episodes: tuple[OverviewEpisode, ...] = ()

    def in_state(self, *states: State) -> tuple[OverviewEpisode, ...]:
        """Return the episodes in one of the states."""
        return tuple(episode for episode in self.episodes if episode.state in states)

    def list_channels(self) -> dict[str, str]:
        """Return the channels that something was made for, id to name."""
        files = (file for episode in self.episodes for short in episode.shorts for file in short.files)
        return {file.channel: file.outlet for file in sorted(files, key=lambda file: file.channel)}


def main_language(episodes: Sequence[OverviewEpisode]) -> str:
    """Return the language that most episodes are in; the first of those where several are as frequent."""
    spoken = sorted(episode.language for episode in episodes if episode.language)
    return max(spoken, key=spoken.count, default="")


def judge_state(shorts: tuple[OverviewShort, ...], troubles: tuple[OverviewTrouble, ...]) -> State:
    """Return an episode's state."""
    files = [file for short in shorts for file in short.files]
    if not files:
        return "failed"
    return "look" if troubles or any(file.kept_back for file in files) else "done"


COLUMNS = (
    *("episode", "source", "state", "short", "title", "lead", "start", "end", "seconds", "score"),
    *("channel", "outlet", "file", "package", "cover", "quality", "remarks"),
)


def format_table(overview: Overview) -> str:
    """Return the overview as CSV, one row a file; episodes without any have one row that says why.

    It begins with a byte order mark, by which spreadsheets know the encoding; no cell begins with a formula's sign.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for episode in overview.episodes:
        for row in _list_rows(episode):
            writer.writerow([_cell(row.get(name, "")) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _list_rows(episode: OverviewEpisode) -> Iterator[dict[str, object]]:
    base: dict[str, object] = {"episode": episode.item, "source": episode.source, "state": episode.state}
    told = "; ".join(f"{one.step}: {one.message}" for one in episode.troubles if one.stopped)
    if not any(short.files for short in episode.shorts):
        yield {**base, "remarks": told or "; ".join(one.message for one in episode.troubles)}
        return
    for short in episode.shorts:
        said = {"short": short.id, "lead": short.lead or short.opens_with}
        times = {"start": _number(short.start), "end": _number(short.end), "score": _number(short.score)}
        for file in short.files:
            yield {
                **base,
                **said,
                **times,
                "title": file.title or short.title,
                "seconds": _number(file.seconds),
                "channel": file.channel,
                "outlet": file.outlet,
                "file": file.file,
                "package": file.package or "",
                "cover": file.covers[0].file if file.covers else "",
                "quality": file.quality or "",
                "remarks": "; ".join([*file.kept_back, *file.faults]),
            }


def _number(value: float | None) -> str:
    return "" if value is None else plain_number(value)


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
