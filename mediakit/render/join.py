"""Joining pieces by stream copy and laying the sound under them.

Times are written anew: every frame gets its number on the programme's own grid, so nothing is rounded and nothing
depends on the pieces' containers. All pieces must have equal parameter sets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import ToolError

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

_FACTS = ".json"
MOVFLAGS = "+faststart+negative_cts_offsets+use_metadata_tags"


@dataclass(frozen=True)
class JoinedFacts:
    """What was written: frames, and seconds of sound (0 without)."""

    frames: int
    sound_s: float


def join_pieces(
    pieces: Sequence[Path],
    target: Path,
    fps: Fraction,
    *,
    sound: Path | None = None,
    metadata: Mapping[str, str] | None = None,
    container: str = "mp4",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> JoinedFacts:
    """Join pieces into one file, the index first, without edit lists or dates.

    Args:
        pieces: files with one picture stream each, in playing order.
        target: the file to write.
        fps: the frame rate of all pieces.
        sound: a file with the encoded sound; what precedes time 0 (an encoder's priming) and what exceeds the
            picture's length is left out.
        metadata: tags of the file.
        container: ``mp4`` or ``mov``.
        is_cancelled: asked between pieces.

    Raises:
        ToolError: a piece is unreadable or its parameter sets differ.
    """
    import av

    flags = MOVFLAGS
    options = {"movflags": flags, "fflags": "+bitexact", "use_editlist": "0"}
    try:
        with av.open(str(target), "w", format=container, options=options) as output:
            output.metadata.update(metadata or {})
            return _write(output, pieces, fps, sound, is_cancelled)
    except av.FFmpegError as exc:
        raise ToolError(f"the pieces cannot be joined ({exc})", where=target.name) from exc


def _write(
    output: OutputContainer,
    pieces: Sequence[Path],
    fps: Fraction,
    sound: Path | None,
    is_cancelled: Callable[[], bool],
) -> JoinedFacts:
    import av

    frames = [_read_frames(path) or piece_frames(path, fps) for path in pieces]
    delay = max((reordering for _, reordering in frames), default=0)
    total = sum(count for count, _ in frames)
    with _open_piece(pieces[0]) as first:
        picture = output.add_stream_from_template(first.streams.video[0])
        picture.time_base = 1 / fps
        sets = _parameter_sets(first.streams.video[0])
    if sound is None:
        for packet in _picture_packets(pieces, picture, delay, sets, fps, is_cancelled):
            output.mux(packet)
        return JoinedFacts(total, 0.0)
    with av.open(str(sound)) as source:
        heard = source.streams.audio[0]
        track = output.add_stream_from_template(heard)
        track.time_base = Fraction(1, heard.rate)
        samples = int(total / fps * heard.rate)
        sounds = sound_packets(source, track, samples)
        pictures = _picture_packets(pieces, picture, delay, sets, fps, is_cancelled)
        for packet in interleave_packets(pictures, sounds):
            output.mux(packet)
        return JoinedFacts(total, float(Fraction(samples, heard.rate)))


def _open_piece(path: Path) -> InputContainer:
    """Open a piece without decoding its first frame, which is most of the work of opening one."""
    import av

    return av.open(str(path), options={"skip_frame": "all"})


def _parameter_sets(stream: Any) -> bytes:
    return bytes(stream.codec_context.extradata or b"")


class _Scale:
    """Multiplies whole numbers by a ratio and rounds, in integers: it is asked for every packet of a programme."""

    def __init__(self, ratio: Fraction) -> None:
        self._twice, self._below = 2 * ratio.numerator, ratio.denominator

    def __call__(self, value: int) -> int:
        return (value * self._twice + self._below) // (2 * self._below)


def piece_frames(path: Path, fps: Fraction) -> tuple[int, int]:
    """Return a piece's number of frames and by how many its packets are reordered."""
    count = reordering = 0
    with _open_piece(path) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        number = _Scale(stream.time_base * fps)
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                reordering = max(reordering, count - number(packet.pts))
                count += 1
    return count, reordering


def note_frames(piece: Path, fps: Fraction) -> int:
    """Write what `piece_frames` says beside a piece, so that no join needs to read it for that; return its frames.

    A file that is no piece has none.
    """
    import av

    try:
        count, reordering = piece_frames(piece, fps)
    except (av.FFmpegError, IndexError):
        return 0
    piece.with_suffix(_FACTS).write_text(json.dumps([count, reordering]), encoding="ascii")
    return count


def _read_frames(piece: Path) -> tuple[int, int] | None:
    try:
        count, reordering = json.loads(piece.with_suffix(_FACTS).read_text(encoding="ascii"))
    except (OSError, ValueError, TypeError):
        return None
    return int(count), int(reordering)


def _picture_packets(
    pieces: Sequence[Path],
    track: Any,
    delay: int,
    sets: bytes,
    fps: Fraction,
    is_cancelled: Callable[[], bool],
) -> Iterator[Any]:
    """Yield all pieces' packets with times of the programme."""
    from mediakit.errors import Cancelled

    tick = 1 / fps
    offset = 0
    for path in pieces:
        if is_cancelled():
            raise Cancelled
        with _open_piece(path) as container:
            stream = container.streams.video[0]
            if _parameter_sets(stream) != sets:
                raise ToolError("a piece has other parameter sets than the first", where=path.parent.name)
            assert stream.time_base is not None
            number = _Scale(stream.time_base * fps)
            count = 0
            for packet in container.demux(stream):
                if not packet.size or packet.pts is None:
                    continue
                shown = number(packet.pts)
                packet.stream = track
                packet.time_base = tick
                packet.pts = offset + shown
                packet.dts = offset + count - delay
                packet.duration = 1
                count += 1
                yield packet
        offset += count


def sound_packets(source: Any, track: Any, samples: int, *, priming: bool = False) -> Iterator[Any]:
    """Yield the sound's packets from time 0 for a number of samples; the last one is shortened to fit.

    With ``priming`` those before time 0 come first: they complete the first samples, and an edit list hides them.
    """
    heard = source.streams.audio[0]
    in_samples, tick = _Scale(heard.time_base * heard.rate), Fraction(1, heard.rate)
    for packet in source.demux(heard):
        if not packet.size or packet.pts is None:
            continue
        begin, length = in_samples(packet.pts), in_samples(packet.duration)
        if begin < 0 and not priming:
            continue
        if begin >= samples:
            return
        packet.stream = track
        packet.time_base = tick
        packet.pts = packet.dts = begin
        packet.duration = min(length, samples - begin)
        yield packet


def interleave_packets(pictures: Iterator[Any], sounds: Iterator[Any]) -> Iterator[Any]:
    """Yield packets of both in order of time; all pictures have one time base, and all sounds."""
    picture, sound = next(pictures, None), next(sounds, None)
    if picture is not None and sound is not None:
        one, other = picture.time_base, sound.time_base
        of_picture, of_sound = one.numerator * other.denominator, other.numerator * one.denominator
    while picture is not None or sound is not None:
        if sound is None or (picture is not None and picture.dts * of_picture <= sound.dts * of_sound):
            assert picture is not None
            yield picture
            picture = next(pictures, None)
        else:
            yield sound
            sound = next(sounds, None)
