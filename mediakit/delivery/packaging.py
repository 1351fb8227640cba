"""Which renditions are packaged, and the packages themselves."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.delivery.bag import BagWriter
from mediakit.delivery.index import LeftOut, PackageEntry, PackageIndex
from mediakit.delivery.publication import Words, make_metadata
from mediakit.errors import InputError
from mediakit.media.playlist import digest_listed, list_programme

if TYPE_CHECKING:
    from mediakit.media.qcreport import QcReport
    from mediakit.media.rendition import Rendition

METADATA_FILE = "metadata.json"
QC_FILE = "qc.json"
INDEX_FILES = ("index.json", "index.md")


@dataclass(frozen=True)
class Candidate:
    """A rendition that may be packaged.

    Attributes:
        rendition: what it is.
        folder: where its files lie.
        digest: of its programme (`programme_digest`).
        outlet_title: the channel's name for people.
        report: its quality report, if there is one.
        signed_by: who signed it, in order, for the index.
        aigc: the implicit AI label, where the rendition carries one.
        reasons: why it must not be packaged; empty when it may.
    """

    rendition: Rendition
    folder: Path
    digest: str
    outlet_title: str
    report: QcReport | None = None
    signed_by: tuple[str, ...] = ()
    aigc: Mapping[str, str] | None = None
    reasons: tuple[str, ...] = ()


@dataclass
class _Progress:
    total: int
    on_progress: Callable[[float], None]
    done: int = field(default=0)

    def add(self, count: int) -> None:
        self.done += count
        self.on_progress(min(self.done / max(self.total, 1), 1.0))


def programme_digest(rendition: Rendition, folder: Path) -> str:
    """Return the digest of a rendition's programme, from the digests that it lists.

    It is what `media.playlist.digest_programme` gives for the unchanged files.

    Raises:
        InputError: a file of the programme is not listed, or a playlist cannot be read.
    """
    listed = {folder / file.path: file.digest for file in rendition.files}
    main = folder / rendition.main
    digests: dict[Path, str] = {}
    for file in list_programme(main):
        if file not in listed:
            raise InputError(f"lists no digest of {file.name}", where=folder / "rendition.json")
        digests[file] = listed[file]
    return digest_listed(main, digests)


def judge_report(rendition: Rendition, digest: str, report: QcReport | None) -> list[str]:
    """Return why a quality report forbids packaging: a failed gate, or that it is of another file."""
    if report is None:
        return []
    if report.file_digest != digest or report.channel != rendition.channel:
        return ["its quality report is of another file; check it again"]
    if report.verdict == "fail" and report.gated:
        failed = "; ".join(check.message for check in report.checks if check.verdict == "fail")
        return [f"its quality check failed: {failed}"]
    return []


def build_packages(
    candidates: Sequence[Candidate],
    words: Words,
    out: Path,
    *,
    link: bool = False,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> PackageIndex:
    """Write ``<channel>/<publication id>/`` for each candidate that may be packaged, and the index.

    A candidate whose files are missing or changed is left out. Packages are bags; equal inputs give equal bytes.

    Args:
        candidates: in any order; the packages come out sorted.
        words: what is said of the programme.
        out: a folder; a package that is there already under the same id is replaced.
        link: hard links are made to the renditions where the file system allows.
        on_progress: called with 0 to 1; may raise to stop.
    """
    total = sum(file.size for one in candidates if not one.reasons for file in one.rendition.files)
    progress = _Progress(total, on_progress)
    packages: list[PackageEntry] = []
    left_out: list[LeftOut] = []
    for one in sorted(candidates, key=lambda one: (one.rendition.channel, one.rendition.stem)):
        reasons = list(one.reasons)
        if not reasons:
            try:
                packages.append(_build(one, words, out, link, progress))
            except InputError as exc:
                name = Path(exc.where).name if exc.where else ""
                reasons = [f"{name} {exc.message}".strip()]
        if reasons:
            left_out.append(LeftOut(channel=one.rendition.channel, stem=one.rendition.stem, reasons=tuple(reasons)))
    index = PackageIndex(series=words.series, episode=words.episode, packages=tuple(packages), left_out=tuple(left_out))
    return index


def write_index(index: PackageIndex, out: Path) -> None:
    """Write ``index.json`` and ``index.md``."""
    from mediakit.media.document import write_text_atomic

    index.write(out / INDEX_FILES[0])
    write_text_atomic(out / INDEX_FILES[1], index.to_markdown())


def _build(one: Candidate, words: Words, out: Path, link: bool, progress: _Progress) -> PackageEntry:
    rendition = one.rendition
    metadata = make_metadata(
        rendition, words, digest=one.digest, outlet_title=one.outlet_title, report=one.report, aigc=one.aigc
    )
    folder = out / rendition.channel / metadata.identifier
    making = folder.with_name(f".{metadata.identifier}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        bag = BagWriter(making, link=link, on_bytes=progress.add)
        for file in rendition.files:
            bag.add(file.path, one.folder / file.path, file.digest)
        bag.add_text(METADATA_FILE, metadata.to_json())
        if one.report is not None:
            bag.add_text(QC_FILE, one.report.to_json())
        bag.close(
            {
                "Source-Organization": words.publisher or "",
                "External-Identifier": metadata.identifier,
                "External-Description": metadata.name,
                "Bag-Group-Identifier": " ".join(part for part in (words.series, words.episode) if part),
            }
        )
        _put_in_place(making, folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        with contextlib.suppress(OSError):
            making.parent.rmdir()
        raise
    return PackageEntry(
        identifier=metadata.identifier,
        channel=rendition.channel,
        stem=rendition.stem,
        title=metadata.name,
        folder=f"{rendition.channel}/{metadata.identifier}",
        main=rendition.main,
        digest=one.digest,
        duration=round(rendition.duration, 3),
        size=sum(file.size for file in rendition.files),
        files=len(rendition.files),
        quality=one.report.verdict if one.report else None,
        signed_by=one.signed_by,
    )


def _put_in_place(making: Path, folder: Path) -> None:
    """Rename a finished folder into place; one that is there already is replaced."""
    if not folder.exists():
        making.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    making.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
