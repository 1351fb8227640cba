"""Clips made for tests, each returned with its truth.

The top eighth of every picture is a strip of sixteen cells that hold the frame's number in binary (lowest bit at
the left, white is one): `read_counter` reads it back from a decoded luma plane. Sound is a sine of its own frequency
for each channel, so that a swapped or lost channel is heard; with ``beeps`` the sound is silent but for short beeps,
and a white flash stands in the picture at the same times.

Clips are small and short; making one takes a fraction of a second.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from mediakit.tools.ffmpeg import find_ffmpeg

CELLS = 16
BASE_HZ = 330
BEEP_HZ = 1000
BEEP_S = 0.1
CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6}
CODECS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-x264-params", "scenecut=0:bframes=0"],
    "h264b": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-x264-params", "scenecut=0:bframes=2"],
    "h264open": [
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18"),
        *("-x264-params", "scenecut=0:bframes=3:b-adapt=0:open-gop=1"),
    ],
    "hevc": [
        *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-tag:v", "hvc1"),
        *("-x265-params", "log-level=error:scenecut=0:open-gop=0:bframes=0"),
    ],
    "hevcopen": [
        *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-tag:v", "hvc1"),
        *("-x265-params", "log-level=error:scenecut=0:open-gop=1:bframes=3:b-adapt=0"),
    ],
    "mpeg2": ["-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-sc_threshold", "1000000000"],
    "mpeg4": ["-c:v", "mpeg4", "-q:v", "3"],
    "prores": ["-c:v", "prores_ks", "-profile:v", "1"],
    "vp9": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "0", "-crf", "20"],
    "ffv1": ["-c:v", "ffv1"],
}
AUDIO_CODECS = {".webm": "libopus", ".mxf": "pcm_s24le", ".avi": "libmp3lame", ".mpg": "mp2"}


@dataclass(frozen=True)
class Clip:
    """A made clip and what is true of it.

    ``width`` and ``height`` are coded pixels. ``frame_times`` are seconds from the first frame. ``frequencies``
    are the sine frequencies in Hz for each track and channel. ``counters`` are the numbers in the strips, in order.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    frames: int
    duration: float
    frame_times: tuple[float, ...]
    counters: tuple[int, ...]
    rotation: int
    sample_aspect: Fraction
    field_order: str
    audio: tuple[str, ...]
    frequencies: tuple[tuple[int, ...], ...]
    beeps: tuple[float, ...]
    timecode: str | None
    reel: str | None
    video_start: float
    audio_start: float
    gop: int


def run(arguments: Sequence[str | Path]) -> None:
    """Run ffmpeg; a failure is an error with its log."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace") + "\n" + " ".join(command))


def read_counter(luma: Any) -> int:
    """Return the frame number in a decoded luma plane (2-D array, as high as the whole coded picture)."""
    height, width = luma.shape
    row = max(height // 16, 1)
    value = 0
    for cell in range(CELLS):
        column = int((cell + 0.5) * width / CELLS)
        patch = luma[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        value |= int(patch.mean() > 110) << cell
    return value


def from_gray(code: int) -> int:
    """Return the number that a Gray code stands for."""
    value = 0
    while code:
        value ^= code
        code >>= 1
    return value


def read_counters(path: Path) -> list[int]:
    """Return the frame numbers of a file's first picture stream, in presentation order (coded orientation)."""
    import av

    with av.open(f"file:{path}") as container:
        return [read_counter(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def read_luma(path: Path) -> list[Any]:
    """Return the luma planes (2-D uint8 arrays) of a file's first picture stream."""
    import av

    with av.open(f"file:{path}") as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def make_clip(
    path: Path,
    *,
    duration: float = 2.0,
    size: tuple[int, int] = (160, 90),
    fps: Fraction | str | int = 25,
    background: Literal["testsrc2", "solid", "noise", "black"] = "testsrc2",
    color: str = "0x406080",
    codec: str | None = "h264",
    gop: int = 12,
    bit_format: str | None = None,
    sample_aspect: Fraction | str = Fraction(1),
    rotation: int = 0,
    mirrored: bool = False,
    vfr: bool = False,
    interlace: Literal["", "tff", "bff"] = "",
    count_fields: bool = False,
    color_range: Literal["limited", "full"] = "limited",
    transfer: Literal["bt709", "hlg", "pq"] = "bt709",
    audio: str | Sequence[str] | None = "stereo",
    audio_codec: str | None = None,
    sample_rate: int = 48000,
    gain_db: float = -12.0,
    beeps: Sequence[float] = (),
    timecode: str | None = None,
    reel: str | None = None,
    video_start: float = 0.0,
    audio_start: float = 0.0,
    audio_end: float | None = None,
    edit_list_s: float = 0.0,
    cuts: Sequence[float] = (),
    faststart: bool = True,
    metadata: dict[str, str] | None = None,
    extra: Sequence[str] = (),
) -> Clip:
    """Make a clip; the container follows the path's suffix.

    Args:
        path: where to write it.
        duration: seconds; the number of frames is its product with ``fps``, rounded.
        size: coded pixels; even numbers.
        fps: frames a second (fields pair up: an ``interlace`` clip of 25 fps holds 50 fields).
        background: what lies below the strip.
        color: of a ``solid`` background.
        codec: key of `CODECS`, or None for sound without a picture.
        gop: frames between key frames.
        bit_format: ffmpeg pixel format; default follows ``codec`` and ``transfer``.
        sample_aspect: pixel aspect ratio.
        rotation: clockwise degrees by which a player turns the picture (display matrix; mp4 and mov).
        mirrored: a player flips it left to right before it turns it.
        vfr: every fourth and every tenth frame is left out: the strip then skips these numbers.
        interlace: coded interlaced with this field order.
        count_fields: the strip counts the fields of an ``interlace`` clip (2n and 2n + 1 in frame n) in Gray code: a
            cell that changed with every field would look like a standing comb. Read it with `from_gray`.
        color_range: as coded and tagged.
        transfer: transfer tag; ``hlg`` and ``pq`` are ten bit BT.2020.
        audio: a layout, several for several tracks, or None.
        audio_codec: ffmpeg encoder; default by container.
        sample_rate: Hz.
        gain_db: level of the sines, dB below full scale.
        beeps: seconds at which a beep sounds and a flash is seen (instead of steady sines).
        timecode: of the first frame.
        reel: tape name beside the timecode (mov).
        video_start: seconds by which the picture starts after the sound; a whole number of frames.
        audio_start: seconds that are left out at the head of the sound: it starts late, in time.
        audio_end: seconds at which the sound ends (default: with the picture).
        edit_list_s: seconds at the head that an edit list hides (mp4 and mov; within the first group of pictures).
        cuts: times at which the background jumps to another colour.
        faststart: moov before mdat (mp4 and mov).
        metadata: container tags.
        extra: more output options.
    """
    rate = Fraction(fps)
    total = round(duration * rate)
    layouts = () if audio is None else (audio,) if isinstance(audio, str) else tuple(audio)
    needs_second = bool(rotation or mirrored or edit_list_s)
    target = path.with_name(f"first-{path.name}") if needs_second else path
    arguments: list[str] = []
    kept = list(range(total))
    if codec is not None:
        graph, kept = _picture_graph(
            *(size, rate, total, background, color, vfr, interlace, count_fields),
            *(sample_aspect, beeps, cuts, color_range, transfer),
        )
        arguments += [*(("-itsoffset", str(video_start)) if video_start else ()), "-f", "lavfi", "-i", graph]
    frequencies: list[tuple[int, ...]] = []
    for track, layout in enumerate(layouts):
        count = CHANNELS[layout]
        hertz = tuple(BASE_HZ * (1 + track * 4) + 110 * channel for channel in range(count))
        frequencies.append(hertz)
        end = total / rate if audio_end is None else Fraction(str(audio_end))
        graph = _sound_graph(hertz, layout, sample_rate, gain_db, beeps, end)
        arguments += ["-f", "lavfi", "-i", graph]
    for number in range((codec is not None) + len(layouts)):
        arguments += ["-map", f"{number}"]
    if codec is not None:
        arguments += _picture_options(codec, gop, bit_format, interlace, transfer)
    if layouts:
        arguments += ["-filter:a", f"atrim=start={audio_start}"] if audio_start else []
        arguments += ["-c:a", audio_codec or _audio_codec(path.suffix), "-ar", str(sample_rate)]
    if timecode:
        arguments += ["-timecode", timecode]
    if reel:
        arguments += ["-metadata:s:v:0", f"reel_name={reel}"]
    for key, value in (metadata or {}).items():
        arguments += ["-metadata", f"{key}={value}"]
    movflags = ["-movflags", "+faststart"] if faststart and path.suffix in (".mp4", ".mov", ".m4a") else []
    bitexact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    if interlace and codec is not None:
        bitexact = ["-fflags", "+bitexact", "-flags:v", "+bitexact+ilme+ildct", "-flags:a", "+bitexact"]
    run([*arguments, "-threads", "1", *bitexact, *movflags, *extra, target])
    hidden = 0
    if needs_second:
        # ffmpeg turns counterclockwise, then flips; here the flip comes first, so the turn is the other way round.
        turn = ["-display_rotation", str(rotation if mirrored else -rotation)] if rotation else []
        flip = ["-display_hflip"] if mirrored else []
        seek = ["-ss", str(edit_list_s)] if edit_list_s else []
        run([*turn, *flip, *seek, "-i", target, "-map", "0", "-c", "copy", "-fflags", "+bitexact", *movflags, path])
        target.unlink()
        hidden = round(edit_list_s * rate)
    kept = kept[hidden:]
    times = tuple(float((number - kept[0]) / rate) for number in kept) if codec is not None else ()
    return Clip(
        path=path,
        width=size[0],
        height=size[1],
        fps=rate,
        frames=len(kept) if codec is not None else 0,
        duration=float((total - hidden) / rate),
        frame_times=times,
        counters=tuple(kept) if codec is not None else (),
        rotation=rotation,
        sample_aspect=Fraction(sample_aspect),
        field_order=interlace or "progressive",
        audio=layouts,
        frequencies=tuple(frequencies),
        beeps=tuple(beeps),
        timecode=timecode,
        reel=reel,
        video_start=video_start,
        audio_start=audio_start,
        gop=gop,
    )


def _audio_codec(suffix: str) -> str:
    if suffix in (".wav", ".mkv", ".mov"):
        return "pcm_s16le"
    return AUDIO_CODECS.get(suffix, {".flac": "flac", ".mp3": "libmp3lame", ".ogg": "libvorbis"}.get(suffix, "aac"))


def _picture_graph(
    size: tuple[int, int],
    rate: Fraction,
    total: int,
    background: str,
    color: str,
    vfr: bool,
    interlace: str,
    count_fields: bool,
    sample_aspect: Fraction | str,
    beeps: Sequence[float],
    cuts: Sequence[float],
    color_range: str,
    transfer: str,
) -> tuple[str, list[int]]:
    width, height = size
    strip = max(height // 8 // 2 * 2, 4)
    made_rate = rate * 2 if interlace else rate
    made = total * 2 if interlace else total
    timing = f"r={made_rate}:d={float(made / made_rate) + 1:.3f}"
    source = {
        "testsrc2": f"testsrc2=s={width}x{height}:{timing}",
        "solid": f"color=c={color}:s={width}x{height}:{timing}",
        "black": f"color=c=black:s={width}x{height}:{timing}",
        "noise": f"color=c=gray:s={width}x{height}:{timing},noise=alls=60:allf=t:all_seed=7",
    }[background]
    chain = [source]
    for number, time in enumerate((*cuts,)):
        tint = ("0x202020", "0xd0d0d0", "0x2040c0", "0xc0a020")[number % 4]
        frame = round(time * made_rate)
        chain.append(f"drawbox=x=0:y={strip}:w=iw:h=ih:color={tint}@0.8:t=fill:enable='gte(n,{frame})'")
    for time in beeps:
        first = round(time * made_rate)
        last = first + max(round(made_rate * Fraction(str(BEEP_S))), 1) - 1
        chain.append(f"drawbox=x=0:y={strip}:w=iw:h=ih:color=white:t=fill:enable='between(n,{first},{last})'")
    bit = f"floor(floor(N/{2 if interlace else 1})/pow(2,floor(X/2)))"
    if interlace and count_fields:
        bit = "floor(N/pow(2,floor(X/2)))+floor(N/pow(2,floor(X/2)+1))"
    bits = (
        f"color=c=black:s={CELLS * 2}x4:{timing},format=gray,"
        f"geq=lum='if(mod({bit},2),235,16)',"
        f"scale={width}:{strip}:flags=neighbor,format=yuv444p"
    )
    tail = ["format=yuv444p", f"trim=end_frame={made}"]
    if interlace:
        mode = "interleave_top" if interlace == "tff" else "interleave_bottom"
        tail += [f"tinterlace=mode={mode}", f"setfield={interlace}"]
    kept = list(range(total))
    if vfr:
        kept = [number for number in kept if number % 4 != 3 and number % 10 != 5]
        tail += ["select='not(eq(mod(n,4),3))*not(eq(mod(n,10),5))'"]
    if color_range == "full":
        tail += ["scale=in_range=limited:out_range=full"]
    ratio = Fraction(sample_aspect)
    tail += [f"setsar={ratio.numerator}/{ratio.denominator}", _tags(color_range, transfer)]
    graph = f"{','.join(chain)},format=yuv444p[b];{bits}[s];[b][s]overlay=0:0:format=yuv444,{','.join(tail)}"
    return graph, kept


def _tags(color_range: str, transfer: str) -> str:
    primaries, curve, matrix = {
        "bt709": ("bt709", "bt709", "bt709"),
        "hlg": ("bt2020", "arib-std-b67", "bt2020nc"),
        "pq": ("bt2020", "smpte2084", "bt2020nc"),
    }[transfer]
    return f"setparams=range={color_range}:color_primaries={primaries}:color_trc={curve}:colorspace={matrix}"


def _sound_graph(
    hertz: tuple[int, ...], layout: str, sample_rate: int, gain_db: float, beeps: Sequence[float], seconds: Fraction
) -> str:
    level = 10 ** (gain_db / 20)
    gate = ""
    if beeps:
        gate = "*(" + "+".join(f"between(t,{time},{time + BEEP_S})" for time in beeps) + ")"
        hertz = (BEEP_HZ,) * len(hertz)
    channels = "|".join(f"{level:.6f}*sin(2*PI*{value}*t){gate}" for value in hertz)
    return f"aevalsrc='{channels}':c={layout}:s={sample_rate}:d={float(seconds):.6f}"


def _picture_options(codec: str, gop: int, bit_format: str | None, interlace: str, transfer: str) -> list[str]:
    default = "yuv422p10le" if codec == "prores" else "yuv420p" if transfer == "bt709" else "yuv420p10le"
    options = [*CODECS[codec], "-g", str(gop), "-pix_fmt", bit_format or default, "-fps_mode", "passthrough"]
    if "x264" in " ".join(CODECS[codec]):
        options += ["-keyint_min", str(gop)]
        if interlace:
            position = options.index("-x264-params") + 1
            options[position] += f":{interlace}=1"
    return options


@dataclass(frozen=True)
class Tone:
    """A made sound file: steady sines of ``hertz`` per channel at ``level_db`` below full scale."""

    path: Path
    duration: float
    sample_rate: int
    hertz: tuple[int, ...]
    level_db: float


def make_tone(
    path: Path,
    *,
    duration: float = 2.0,
    hertz: Sequence[int] = (1000, 1000),
    level_db: float = -20.0,
    sample_rate: int = 48000,
    silences: Sequence[tuple[float, float]] = (),
    audio_codec: str | None = None,
) -> Tone:
    """Make a sound file with one sine for each channel; ``silences`` are (start, end) seconds without any sound."""
    level = 10 ** (level_db / 20)
    gate = "".join(f"*not(between(t,{start},{end}))" for start, end in silences)
    channels = "|".join(f"{level:.6f}*sin(2*PI*{value}*t){gate}" for value in hertz)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(hertz)]
    codec = audio_codec or _audio_codec(path.suffix)
    graph = f"aevalsrc='{channels}':c={layout}:s={sample_rate}:d={duration}"
    run(["-f", "lavfi", "-i", graph, "-c:a", codec, "-fflags", "+bitexact", "-flags:a", "+bitexact", path])
    return Tone(path, duration, sample_rate, tuple(hertz), level_db)


def make_speechless(path: Path, *, duration: float = 3.0, kind: Literal["noise", "hum", "silence"] = "noise") -> Tone:
    """Make a sound file in which nobody speaks: pink noise, a mains hum, or digital silence (16 kHz mono)."""
    graph = {
        "noise": f"anoisesrc=color=pink:amplitude=0.2:seed=11:d={duration}:r=16000",
        "hum": f"aevalsrc='0.1*sin(2*PI*50*t)+0.03*sin(2*PI*150*t)':s=16000:d={duration}",
        "silence": f"anullsrc=r=16000:cl=mono,atrim=end={duration}",
    }[kind]
    codec = _audio_codec(path.suffix)
    run(["-f", "lavfi", "-i", graph, "-ac", "1", "-c:a", codec, "-fflags", "+bitexact", "-flags:a", "+bitexact", path])
    return Tone(path, duration, 16000, (0,), 0.0)


BROKEN = (
    "missing",
    "folder",
    "empty",
    "text",
    "html",
    "truncated_head",
    "truncated_tail",
    "no_index",
    "zero_duration",
    "picture_png",
    "picture_jpg",
    "ffconcat",
    "playlist",
    "sdp",
    "random",
)
"""What `make_broken` can make."""


@dataclass(frozen=True)
class Broken:
    """A file that no step can use as it is (``truncated_tail``: only in part); ``points_at`` is what it names."""

    path: Path
    kind: str
    points_at: Path | None = None


def make_broken(folder: Path, kind: str, *, name: str = "broken.mp4", points_at: Path | None = None) -> Broken:
    """Make a broken input of a `BROKEN` kind in ``folder``; scripts name ``points_at`` (a media file) in them."""
    path = folder / name
    if kind in ("ffconcat", "playlist", "sdp") and points_at is None:
        raise ValueError(f"{kind} must point at a file")
    if kind == "missing":
        return Broken(path, kind)
    if kind == "folder":
        path.mkdir()
    elif kind == "zero_duration":
        run(["-f", "lavfi", "-i", "color=s=160x90:r=25:d=1", "-frames:v", "0", "-c:v", "libx264", path])
    elif kind.startswith("picture_"):
        suffix = kind.removeprefix("picture_")
        made = folder / f"still.{suffix}"
        run(["-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-frames:v", "1", "-update", "1", made])
        made.rename(path)
    elif kind.startswith("truncated_") or kind == "no_index":
        whole = make_clip(folder / "whole-for-broken.mp4", duration=4, gop=10, faststart=kind != "no_index").path
        data = whole.read_bytes()
        whole.unlink()
        share = {"truncated_head": 0.002, "truncated_tail": 0.6, "no_index": 0.7}[kind]
        path.write_bytes(data[: max(int(len(data) * share), 40)])
    else:
        path.write_bytes(_broken_bytes(kind, points_at))
    return Broken(path, kind, points_at)


def _broken_bytes(kind: str, points_at: Path | None) -> bytes:
    if kind == "empty":
        return b""
    if kind == "text":
        return "这不是视频。\nThis is a note, not a film.\n".encode() * 40
    if kind == "html":
        return b"<!DOCTYPE html><html><body><h1>404</h1></body></html>\n"
    if kind == "random":
        state, data = 12345, bytearray()
        while len(data) < 50_000:
            state = (state * 1103515245 + 12345) % (1 << 31)
            data += state.to_bytes(4, "little")[:3]
        return bytes(data)
    if kind == "ffconcat":
        return f"ffconcat version 1.0\nfile '{points_at}'\n".encode()
    if kind == "playlist":
        return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.0,\n{points_at}\n#EXT-X-ENDLIST\n".encode()
    if kind == "sdp":
        return b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    raise ValueError(f"no broken kind {kind!r}; one of {', '.join(BROKEN)}")
