"""HLS from finished rungs (RFC 8216): fragmented MP4 by stream copy, WebVTT, a master playlist with measured rates.

Decoding starts at 0 in every track; an edit list takes the picture's reordering delay off, so that the first frame
shows at 0 (browsers, phones and ffmpeg all heed it; ffmpeg shows signed composition offsets late). The sound's priming
is left out. So all tracks and the subtitles share one clock. Rungs must have their key frames at equal places.

::

    master.m3u8
    1080p/stream.m3u8  init.mp4  00000.m4s …
    audio/stream.m3u8  init.mp4  00000.m4s …
    subtitles-zh/stream.m3u8  00000.vtt …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mediakit.errors import ToolError, UsageError
from mediakit.media.document import write_text_atomic
from mediakit.render.fragments import Fragment, Track, fragment_sound, fragment_video, write_segment
from mediakit.render.webvtt import render_webvtt

if TYPE_CHECKING:
    from mediakit.media.cues import Cue

REVISION = 1
MASTER = "master.m3u8"
MEDIA = "stream.m3u8"
AUDIO_FOLDER = "audio"
LANGUAGE_NAMES = {"zh": "中文", "en": "English", "ja": "日本語", "ko": "한국어", "fr": "Français", "de": "Deutsch"}
Role = Literal["playlist", "segment", "subtitle"]


@dataclass(frozen=True)
class RungFile:
    """One joined rung: its name and its MP4 (H.264, one picture stream)."""

    name: str
    path: Path


@dataclass(frozen=True)
class HlsFile:
    """One file that was written, and what it is."""

    path: Path
    role: Role
    language: str | None = None


@dataclass(frozen=True)
class _Segment:
    name: str
    duration: Fraction
    size: int


@dataclass(frozen=True)
class _Stream:
    """A media playlist as written: peak and average in bits a second."""

    folder: str
    segments: tuple[_Segment, ...]
    peak: int
    average: int


def make_hls(
    rungs: Sequence[RungFile],
    sound: Path | None,
    folder: Path,
    *,
    segment_seconds: float,
    fps: Fraction,
    scratch: Path,
    cues: Sequence[Cue] = (),
    language: str = "und",
    tags: Mapping[str, str] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[HlsFile, ...]:
    """Write an adaptive stream into a folder; the first file returned is the master playlist.

    Args:
        rungs: joined rungs, best first; at least one.
        sound: AAC in MP4, or None.
        folder: where to write; should be empty.
        segment_seconds: the length to aim at; segments begin at key frames.
        fps: frames a second of all rungs.
        scratch: a folder for temporary files.
        cues: subtitles on the programme's clock.
        language: of sound and subtitles, such as ``zh``.
        tags: metadata of the picture's and the sound's heads.
        is_cancelled: asked while copying.

    Raises:
        UsageError: no rung was given.
        ToolError: the rungs' key frames differ, or a file cannot be copied.
    """
    if not rungs:
        raise UsageError("an adaptive stream needs at least one rung")
    tracks = [fragment_video(rung.path, scratch / f"{rung.name}.mp4", fps, tags or {}, is_cancelled) for rung in rungs]
    cuts = [_cut_points([part.duration for part in track.fragments], segment_seconds) for track in tracks]
    _check_equal(rungs, tracks, cuts)
    streams = [
        _write_stream(track, cut, folder, rung.name) for track, cut, rung in zip(tracks, cuts, rungs, strict=True)
    ]
    files = [file for stream in streams for file in _list_files(folder, stream)]
    audio: tuple[Track, _Stream] | None = None
    if sound is not None:
        track = fragment_sound(sound, scratch, tags or {}, is_cancelled)
        cut = _cut_points([part.duration for part in track.fragments], segment_seconds)
        audio = track, _write_stream(track, cut, folder, AUDIO_FOLDER)
        files += _list_files(folder, audio[1])
    captions: str | None = None
    if cues:
        captions = f"subtitles-{language}"
        durations = [segment.duration for segment in streams[0].segments]
        files += _write_subtitles(cues, durations, folder, captions, language)
    text = _master_text(streams, tracks, audio, captions, language, fps)
    write_text_atomic(folder / MASTER, text)
    return (HlsFile(folder / MASTER, "playlist"), *files)


def _cut_points(durations: Sequence[Fraction], segment_seconds: float) -> list[int]:
    """Return the fragment numbers that begin segments, and the count of fragments at the end."""
    cuts = [0]
    time, due = Fraction(0), Fraction(segment_seconds)
    for number, duration in enumerate(durations):
        half = duration / 2 if duration < 1 else Fraction(1, 1000)
        if number and time + half >= due:
            cuts.append(number)
            while due <= time + half:
                due += Fraction(segment_seconds)
        time += duration
    return [*cuts, len(durations)]


def _check_equal(rungs: Sequence[RungFile], tracks: Sequence[Track], cuts: Sequence[list[int]]) -> None:
    first = [part.duration for part in tracks[0].fragments]
    for rung, track, cut in zip(rungs, tracks, cuts, strict=True):
        if [part.duration for part in track.fragments] != first or cut != cuts[0]:
            raise ToolError(
                f"the key frames of {rung.name} are not where those of {rungs[0].name} are", where=rung.path
            )


def _write_stream(track: Track, cuts: Sequence[int], folder: Path, name: str) -> _Stream:
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    (target / "init.mp4").write_bytes(track.init)
    segments: list[_Segment] = []
    for number, (first, end) in enumerate(pairwise(cuts)):
        parts: Sequence[Fragment] = track.fragments[first:end]
        size = write_segment(track.path, parts, target / f"{number:05d}.m4s")
        duration = sum((part.duration for part in parts), Fraction(0))
        segments.append(_Segment(f"{number:05d}.m4s", duration, size))
    write_text_atomic(target / MEDIA, _media_text(segments, "init.mp4"))
    longest = max(segment.duration for segment in segments)
    total = sum((segment.duration for segment in segments), Fraction(0))
    average = ceil(sum(segment.size for segment in segments) * 8 / total)
    return _Stream(name, tuple(segments), max(_peak_rate(segments, longest), average), average)


def _peak_rate(segments: Sequence[_Segment], target: Fraction) -> int:
    """Return the highest rate of any run of segments lasting 0.5 to 1.5 target durations (RFC 8216, 4.3.4.2)."""
    peak = 0
    for start in range(len(segments)):
        time, size = Fraction(0), 0
        for segment in segments[start:]:
            time, size = time + segment.duration, size + segment.size
            if time > target * Fraction(3, 2):
                break
            if time >= target / 2:
                peak = max(peak, ceil(size * 8 / time))
    return peak


def _media_text(segments: Sequence[_Segment], init: str | None) -> str:
    longest = max(segment.duration for segment in segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(int(longest + Fraction(1, 2)), 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    if init is not None:
        lines += ["#EXT-X-INDEPENDENT-SEGMENTS", f'#EXT-X-MAP:URI="{init}"']
    for segment in segments:
        lines += [f"#EXTINF:{float(segment.duration):.6f},", segment.name]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _write_subtitles(
    cues: Sequence[Cue], durations: Sequence[Fraction], folder: Path, name: str, language: str
) -> list[HlsFile]:
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    segments: list[_Segment] = []
    start = Fraction(0)
    for number, duration in enumerate(durations):
        path = target / f"{number:05d}.vtt"
        text = render_webvtt(cues, (float(start), float(start + duration)), hls=True)
        write_text_atomic(path, text)
        segments.append(_Segment(path.name, duration, len(text.encode())))
        start += duration
    write_text_atomic(target / MEDIA, _media_text(segments, None))
    made = [HlsFile(target / segment.name, "subtitle", language) for segment in segments]
    return [HlsFile(target / MEDIA, "playlist", language), *made]


def _list_files(folder: Path, stream: _Stream) -> list[HlsFile]:
    base = folder / stream.folder
    segments = [HlsFile(base / segment.name, "segment") for segment in stream.segments]
    return [HlsFile(base / MEDIA, "playlist"), HlsFile(base / "init.mp4", "segment"), *segments]


def _master_text(
    streams: Sequence[_Stream],
    tracks: Sequence[Track],
    audio: tuple[Track, _Stream] | None,
    captions: str | None,
    language: str,
    fps: Fraction,
) -> str:
    known = language not in ("", "und")
    name = LANGUAGE_NAMES.get(language.partition("-")[0], language) if known else "default"
    tongue = f',LANGUAGE="{language}"' if known else ""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    groups = ""
    if audio is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="{name}"{tongue},DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="{audio[0].channels}",URI="{AUDIO_FOLDER}/{MEDIA}"'
        )
        groups += ',AUDIO="audio"'
    if captions is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="{name}"{tongue},DEFAULT=YES,'
            f'AUTOSELECT=YES,FORCED=NO,URI="{captions}/{MEDIA}"'
        )
        groups += ',SUBTITLES="subtitles"'
    for stream, track in zip(streams, tracks, strict=True):
        peak = stream.peak + (audio[1].peak if audio else 0)
        average = stream.average + (audio[1].average if audio else 0)
        codecs = ",".join([track.codec, *([audio[0].codec] if audio else [])])
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="{codecs}",'
            f"RESOLUTION={track.width}x{track.height},FRAME-RATE={float(fps):.3f}{groups}",
            f"{stream.folder}/{MEDIA}",
        ]
    return "\n".join([*lines, ""])
