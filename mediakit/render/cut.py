"""Frame-exact cuts by encoding anew: which frames and samples, and one ffmpeg run for a cut of any number of spans.

The picture keeps its size, pixel shape, frame rate, field order and colour; rotation is applied. Decoding starts at
an indexed key frame and frames are chosen by exact ticks of the source's frame grid (`mediakit.render.pieces`), so a
cut has exactly its frames whatever the container's seeking does: what comes out short is run again from further back.
Sound is cut to the sample and faded over five milliseconds at every edge. A variable frame rate becomes its nominal
one.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.errors import ToolError
from mediakit.media.times import parse_rate
from mediakit.render.cut_plan import CutPlan, Picture, Sound
from mediakit.render.mix import FADE_S

REVISION = 1
"""Part of every cut's key; goes up when the same inputs would give another file."""

THREADS = 2
CRF = 18
PRESET = "medium"
_GOP_S = 2
EARLY_S = (0.0, 2.5, 12.0, 60.0)
_SOUND_EARLY_S = 2.0
_AAC_LAYOUTS = "mono|stereo|3.0|4.0|5.0|5.1|5.1(side)|7.1"
_KBITS = {1: 128, 2: 192}


def encode_cut(
    path: Path,
    plan: CutPlan,
    target: Path,
    *,
    task: str,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Encode a cut into ``target`` (MP4, or M4A for sound alone).

    Raises:
        ToolError: ffmpeg failed, or the source does not yield the planned frames.
    """
    from mediakit.render.encode import count_frames
    from mediakit.tools.ffmpeg import run_ffmpeg

    wanted = plan.picture.frames if plan.picture else 0
    counted = 0
    for early_s in EARLY_S:
        run_ffmpeg(
            build_arguments(path, plan, target, early_s),
            task=task,
            duration=plan.seconds,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
        )
        counted = count_frames(target) if plan.picture else 0
        if counted == wanted:
            return
    raise ToolError(
        f"the source yielded {counted} of {wanted} frames",
        where=task,
        hint="the file may be damaged or changed; ingest it again",
    )


def build_arguments(path: Path, plan: CutPlan, target: Path, early_s: float) -> list[str]:
    """Return ffmpeg's arguments; decoding of the picture starts ``early_s`` before the indexed key frames."""
    import ffmpeg

    streams: list[Any] = []
    for number in range(len(plan.spans)):
        if plan.picture:
            streams.append(cut_picture(path, plan.picture, number, early_s))
        if plan.sound:
            streams.append(cut_sound(path, plan, plan.sound, number))
    kinds = {"v": int(plan.picture is not None), "a": int(plan.sound is not None)}
    joined: list[Any] = streams
    if len(plan.spans) > 1:
        node = ffmpeg.concat(*streams, n=len(plan.spans), **kinds).node
        joined = [node[number] for number in range(sum(kinds.values()))]
    if plan.picture:
        joined[0] = joined[0].filter("format", plan.picture.pixel_format)
    output = ffmpeg.output(*joined, f"file:{target}", **_encoder_options(plan))
    arguments: list[str] = output.get_args()
    return ["-copyts", "-filter_complex_threads", "1", *arguments]


def cut_picture(path: Path, picture: Picture, number: int, early_s: float) -> Any:
    """Return the stream of exactly a part's frames, from time 0.

    The first filter holds the part's number: ffmpeg-python takes equal beginnings of two chains for one.
    """
    import ffmpeg

    part = picture.parts[number]
    base = parse_base(picture.time_base)
    options: dict[str, Any] = {**_safe_input(), "threads": THREADS}
    seek = float(part.seek_pts * base) - early_s
    if part.seek_pts > picture.zero_pts and seek > float(picture.zero_pts * base):
        options |= {"seek_timestamp": 1, "noaccurate_seek": None, "ss": f"{seek:.6f}"}
    stream = ffmpeg.input(f"file:{path}", **options)[str(picture.stream)]
    stream = stream.filter("setpts", f"PTS-0*{number}").filter("settb", f"{base.numerator}/{base.denominator}")
    stream = stream.filter("setpts", f"PTS-({picture.zero_pts})")
    if part.stop_pts is not None:  # the frame that ends the last one's time is still let through
        stream = stream.filter("trim", end_pts=part.stop_pts - picture.zero_pts + 1)
    stream = stream.filter("fps", picture.fps, round="near")
    if part.first < 0:
        stream = stream.filter("tpad", start=-part.first, start_mode="clone")
        stream = stream.filter("setpts", f"PTS-{-part.first}")
    if part.stop_pts is None:
        stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    stream = stream.filter("trim", start_pts=part.first, end_pts=part.end)
    stream = stream.filter("setpts", f"PTS-({part.first})")
    if picture.odd:
        rows = 4 if picture.interlace else 2
        stream = stream.filter("crop", "trunc(iw/2)*2", f"trunc(ih/{rows})*{rows}", 0, 0)
    if picture.full_range:
        stream = stream.filter("scale", in_range="full", out_range="limited", flags="accurate_rnd+full_chroma_int")
    return stream


def parse_base(text: str) -> Fraction:
    """Return a time base from ``1/90000``."""
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or 1))


def cut_sound(path: Path, plan: CutPlan, sound: Sound, number: int) -> Any:
    """Return exactly a part's samples, faded at both ends; silence where the source has none."""
    import ffmpeg

    first, length = sound.starts[number], sound.lengths[number]
    early = first - round(_SOUND_EARLY_S * sound.rate)
    options = _safe_input()
    begin = early / sound.rate
    if begin > float(Fraction(plan.file_start)):
        options |= {"seek_timestamp": 1, "ss": f"{begin:.6f}"}
    source = ffmpeg.input(f"file:{path}", **options)
    tracks = [source[f"a:{track}"].filter("asetpts", f"PTS-0*{number}") for track in sound.streams]
    stream = tracks[0] if len(tracks) == 1 else ffmpeg.filter(tracks, "amerge", inputs=len(tracks))
    if sound.pan:
        stream = stream.filter("pan", sound.pan)
    fade = min(FADE_S, length / sound.rate / 4)
    end = length / sound.rate - fade
    return (
        stream.filter("atrim", end=f"{(first + length) / sound.rate + 0.5:.6f}")
        .filter("aresample", sound.rate, **{"async": 1, "first_pts": min(early, first)})
        .filter("asettb", f"1/{sound.rate}")
        .filter("atrim", start_pts=first, end_pts=first + length)
        .filter("asetpts", "PTS-STARTPTS")
        .filter("apad", whole_len=length)
        .filter("afade", t="in", d=f"{fade:.6f}")
        .filter("afade", t="out", st=f"{end:.6f}", d=f"{fade:.6f}")
        .filter("aformat", channel_layouts=_AAC_LAYOUTS)
    )


def _safe_input() -> dict[str, Any]:
    from mediakit.tools.opening import FORMATS, PROTOCOLS

    return {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}


def _encoder_options(plan: CutPlan) -> dict[str, Any]:
    options: dict[str, Any] = {
        "map_metadata": -1,
        "map_chapters": -1,
        "fflags": "+bitexact",
        "movflags": "+faststart",
        "f": "mp4" if plan.picture else "ipod",
    }
    if plan.picture:
        interlace = plan.picture.interlace
        options |= {
            "c:v": "libx264",
            "preset": PRESET,
            "crf": CRF,
            "g": round(_GOP_S * parse_rate(plan.picture.fps)),
            "threads:v": THREADS,
            "flags:v": "+bitexact+ilme+ildct" if interlace else "+bitexact",
            "fps_mode": "passthrough",
            "video_track_timescale": timescale(parse_rate(plan.picture.fps)),
        }
        if interlace:
            options["x264-params"] = f"{interlace}=1"
    if plan.sound:
        options |= {
            "c:a": "aac",
            "b:a": f"{_KBITS.get(plan.sound.channels, 64 * plan.sound.channels)}k",
            "flags:a": "+bitexact",
        }
    return options


def timescale(fps: Fraction) -> int:
    """Return ticks a second in which every frame has a whole length."""
    scale = fps.numerator
    while scale < 10_000:
        scale *= 2
    return scale
