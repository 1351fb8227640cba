"""The index over all packages: ``index.json`` for machines, ``index.md`` for people."""

from __future__ import annotations

from typing import ClassVar

from mediakit.media.document import Document, Value
from mediakit.media.times import format_clock


class PackageEntry(Value):
    """One package; ``folder`` is relative to the index, ``main`` to the folder."""

    identifier: str
    channel: str
    stem: str
    title: str
    folder: str
    main: str
    digest: str
    duration: float
    size: int
    files: int
    quality: str | None = None
    signed_by: tuple[str, ...] = ()


class LeftOut(Value):
    """A rendition that was not packaged, and why."""

    channel: str
    stem: str
    reasons: tuple[str, ...]


class PackageIndex(Document):
    """Everything that was packaged and everything that was not."""

    kind: ClassVar[str] = "mediakit/package/1"

    series: str | None = None
    episode: str | None = None
    packages: tuple[PackageEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def to_markdown(self) -> str:
        """Return the index as a Markdown page."""
        title = " ".join(part for part in (self.series, self.episode) if part) or "Packages"
        lines = [f"# {_cell(title)}", "", "| channel | title | length | size | checked | file |", "| --- " * 6 + "|"]
        for entry in self.packages:
            row = (
                entry.channel,
                entry.title,
                format_clock(entry.duration),
                f"{entry.size / 1e6:.1f} MB",
                ", ".join([entry.quality or "–", *entry.signed_by]),
                f"`{entry.folder}/data/{entry.main}`",
            )
            lines.append("| " + " | ".join(_cell(part) for part in row) + " |")
        if self.left_out:
            lines += ["", "Not packaged:", ""]
            lines += [f"- {one.channel}/{_cell(one.stem)}: {_cell('; '.join(one.reasons))}" for one in self.left_out]
        return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
