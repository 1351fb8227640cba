"""The picture of a rendition that was joined from pieces, measured piece by piece and judged as a whole.

A piece starts with a key frame and needs no other, so its frames are decoded alone, out of the finished file. What is
kept of them (`FrameFacts`) hangs on the piece's content only: neither on its place nor on what lies beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError, MediakitError, ToolError
from mediakit.quality.facts import FrameFacts, Reducer, Wanted, join_facts
from mediakit.quality.picture import Batch, Decoding, Stretch, run_picture, sample_size
from mediakit.quality.picture_checks import PictureJudge, matrix_of
from mediakit.quality.scan import blank_edges

if TYPE_CHECKING:
    from mediakit.media.info import VideoStream
    from mediakit.media.packets import PacketIndex
    from mediakit.media.qcreport import Check
    from mediakit.quality.target import Target

_FACTS = "facts.npz"
_SCAN = "scan.txt"
_ERROR = "error.txt"
_FRAMES_HELD = 24


@dataclass(frozen=True)
class MeasuredPiece:
    """Frames ``first`` to ``first + frames`` of a file; what is found goes into ``folder``."""

    first: int
    frames: int
    folder: Path


def measure_pieces(
    path: Path,
    fps: Fraction,
    pieces: Sequence[MeasuredPiece],
    wanted: Wanted,
    *,
    seek: bool = True,
    on_progress: Callable[[float], None] = lambda fraction: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Measure pieces of a file and write each one's facts; neighbours are decoded in one go.

    A piece that cannot be decoded is a finding: it is written as such. ``seek`` says that the file has an index.

    Raises:
        InputError: not media, or without a picture.
        Cancelled: ``is_cancelled`` said so.
    """
    decoding, start_s, matrix = _open_picture(path, wanted)
    done, total = 0, sum(piece.frames for piece in pieces)
    for group in group_neighbours(pieces):
        stretch = Stretch(fps, start_s, group[0].first, group[-1].first + group[-1].frames, "at" if seek else "start")
        try:
            _measure_group(path, group, replace(decoding, stretch=stretch), Reducer(wanted, matrix), is_cancelled)
        except ToolError as exc:
            if len(group) > 1:  # the good ones among them are told from the bad
                for piece in group:
                    measure_pieces(path, fps, [piece], wanted, seek=seek, is_cancelled=is_cancelled)
            else:
                note_undecodable(group, exc)
        done += sum(piece.frames for piece in group)
        on_progress(done / max(total, 1))


def note_undecodable(pieces: Iterable[MeasuredPiece], error: MediakitError) -> None:
    """Write down that pieces could not be decoded."""
    for piece in pieces:
        piece.folder.mkdir(parents=True, exist_ok=True)
        (piece.folder / _ERROR).write_text(error.message, encoding="utf-8")


def memory_mb(width: int, height: int) -> int:
    """Return the peak memory of measuring pieces of a picture: ffmpeg's decoder in one thread, and the facts."""
    return round(100 + width * height * 1.5 * _FRAMES_HELD / 1e6)


def group_neighbours(pieces: Iterable[MeasuredPiece]) -> list[list[MeasuredPiece]]:
    """Return pieces in groups that follow each other without a gap."""
    groups: list[list[MeasuredPiece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.first):
        if groups and groups[-1][-1].first + groups[-1][-1].frames == piece.first:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _open_picture(path: Path, wanted: Wanted) -> tuple[Decoding, Fraction, str]:
    """Return how a rendition's picture is decoded, its start in seconds, and its matrix, from the file's header."""
    from mediakit.tools.opening import open_media
    from mediakit.tools.stream_facts import SPACES, name_code

    with open_media(path) as container:
        if not container.streams.video:
            raise InputError("has no picture", where=path)
        stream = container.streams.video[0]
        context = stream.codec_context
        start = (stream.start_time or 0) * (stream.time_base or Fraction(1))
        points = sample_size(context.width, context.height)
        matrix = matrix_of(name_code(SPACES, context.colorspace))
        return Decoding(stream.index, context.width, points, wanted.scan, threads=1), Fraction(start), matrix


def _measure_group(
    path: Path,
    group: Sequence[MeasuredPiece],
    decoding: Decoding,
    reducer: Reducer,
    is_cancelled: Callable[[], bool],
) -> None:
    facts, scans = _decode_stretch(path, decoding, reducer, is_cancelled)
    for piece in group:
        start = piece.first - group[0].first
        end = start + piece.frames
        piece.folder.mkdir(parents=True, exist_ok=True)
        facts.part(start, end).save(piece.folder / _FACTS)
        (piece.folder / _SCAN).write_text(blank_edges(scans[start:end]), encoding="ascii")


class _Keeper:
    """Keeps the facts of all frames that come."""

    def __init__(self, reducer: Reducer) -> None:
        self._reducer = reducer
        self.found: list[FrameFacts] = []

    def take(self, batch: Batch) -> None:
        self.found.append(self._reducer.reduce(batch))


def _decode_stretch(
    path: Path, decoding: Decoding, reducer: Reducer, is_cancelled: Callable[[], bool]
) -> tuple[FrameFacts, str]:
    """Return the facts and scans of exactly the frames that the decoding names."""
    stretch = decoding.stretch
    assert stretch is not None
    expected, came = stretch.end - stretch.first, 0
    for seek in ("at", "early") if stretch.seek == "at" else (stretch.seek,):
        keeper = _Keeper(reducer)
        chosen = replace(decoding, stretch=replace(stretch, seek=seek))
        try:
            run = run_picture(path, chosen, keeper.take, is_cancelled=is_cancelled)
        except ToolError:
            if seek == "at":
                continue
            raise
        came = run.frames
        if came == expected:
            return join_facts(keeper.found), run.scans
    raise ToolError(f"{came} of {expected} frames came from frame {stretch.first} on", where=path)


def judge_pieces(
    pieces: Sequence[MeasuredPiece], target: Target, picture: VideoStream, index: PacketIndex | None
) -> list[Check]:
    """Return the checks of a whole picture from what was measured of its pieces, given in playing order.

    Raises:
        ToolError: a piece could not be decoded.
        InputError: a piece's facts cannot be read.
    """
    judge = PictureJudge(target, picture)
    scans: list[str] = []
    first = 0
    for piece in pieces:
        error = piece.folder / _ERROR
        if error.is_file():
            raise ToolError(error.read_text(encoding="utf-8"), where=piece.folder)
        judge.feed(FrameFacts.load(piece.folder / _FACTS, first))
        first += piece.frames
        scans.append((piece.folder / _SCAN).read_text(encoding="ascii"))
    return judge.judge(index, "".join(scans))
