"""The encoded edges of a smart copy: the frames before and after what is copied, in the source's own form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.errors import ToolError
from mediakit.media.times import parse_rate
from mediakit.render.copy_demands import Demands
from mediakit.render.copy_plan import CopyPlan, Shape
from mediakit.render.copy_source import CopySource
from mediakit.render.cut import CRF, EARLY_S, PRESET, THREADS, cut_picture, timescale
from mediakit.render.cut_plan import Picture, PicturePart
from mediakit.render.encoders import rate_params
from mediakit.tools import avc
from mediakit.tools.nal import UnreadableStream

# Short edges are encoded fast and with bits to spare; where most frames have to be encoded, as a whole cut is.
_QUICK = {"h264": ("superfast", 16), "hevc": ("superfast", 16)}
_THOROUGH = {"h264": (PRESET, CRF), "hevc": ("fast", CRF)}
_LOOKAHEAD = 20
_GOP_S = 2
_PROFILES = {66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444"}
_LEAST_LEVEL = 10


@dataclass(frozen=True)
class Edge:
    """An encoded stretch: its file and what it was made from."""

    path: Path
    part: PicturePart

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.part.end - self.part.first


def encode_edges(
    source: CopySource,
    plan: CopyPlan,
    edges: Sequence[Edge],
    *,
    task: str,
    demands: Demands | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Encode edges, each into its file, two at a time; under a channel's ``demands`` where there are any.

    Raises:
        ToolError: ffmpeg failed, or the source does not yield the planned frames.
        UnreadableStream: the source is of a form that is not encoded.
    """
    from mediakit.render.encode import count_frames
    from mediakit.tools.ffmpeg import run_ffmpeg

    options = encoder_options(source, plan, demands)
    done = 0
    for start in range(0, len(edges), 2):
        pair = edges[start : start + 2]
        for early_s in EARLY_S:
            run_ffmpeg(_build_arguments(source, plan, pair, options, early_s), task=task, is_cancelled=is_cancelled)
            lacking = [edge for edge in pair if count_frames(edge.path) != edge.frames]
            if not lacking:
                break
        else:
            raise ToolError("the source does not yield the frames of an edge", where=task)
        done += sum(edge.frames for edge in pair)
        if on_progress is not None:
            on_progress(done / max(plan.encoded, 1))


def _build_arguments(
    source: CopySource, plan: CopyPlan, edges: Sequence[Edge], options: dict[str, Any], early_s: float
) -> list[str]:
    import ffmpeg

    shape = plan.shape
    picture = Picture(
        stream=plan.stream,
        fps=plan.fps,
        time_base=plan.time_base,
        zero_pts=plan.zero_pts,
        parts=tuple(edge.part for edge in edges),
        interlace="",
        full_range=False,
        pixel_format=shape.pixel_format,
        odd=False,
    )
    outputs = []
    for number, edge in enumerate(edges):
        stream = cut_picture(source.path, picture, number, early_s)
        stream = stream.filter("format", shape.pixel_format).filter("setsar", shape.sample_aspect)
        stream = stream.filter("setparams", field_mode="prog", **_tags(shape))
        outputs.append(ffmpeg.output(stream, f"file:{edge.path}", **options))
    arguments: list[str] = ffmpeg.merge_outputs(*outputs).get_args()
    return ["-copyts", "-filter_complex_threads", "1", *arguments]


def _tags(shape: Shape) -> dict[str, str]:
    """Return the colour as ``setparams`` names it; what the source does not say stays unsaid."""
    given = {
        "range": {"limited": "limited", "full": "full"}.get(shape.color_range),
        "color_primaries": shape.color_primaries,
        "color_trc": shape.color_transfer,
        "colorspace": shape.color_space,
    }
    return {name: value for name, value in given.items() if value and value != "unknown"}


def encoder_options(source: CopySource, plan: CopyPlan, demands: Demands | None = None) -> dict[str, Any]:
    """Return ffmpeg's output options for edges.

    A rate is held to in one thread: with two, x264 gave other bytes in each of six runs.

    Raises:
        UnreadableStream: a profile that is not encoded, or no free id for the edges' parameter sets.
    """
    quick = plan.encoded <= plan.copied
    preset, crf = (_QUICK if quick else _THOROUGH)[source.codec]
    options: dict[str, Any] = {
        "preset": preset,
        "crf": crf,
        "threads": _threads(demands),
        "fps_mode": "passthrough",
        "enc_time_base": "/".join(reversed(plan.fps.split("/"))),
        "video_track_timescale": timescale(parse_rate(plan.fps)),
        "flags": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
        "f": "mp4",
    }
    gop = round(_GOP_S * parse_rate(plan.fps))
    # As much reordering as the source has: a decoder that learnt the edge's depth is then ready for the copy's.
    frames = {0: (0, 0), 1: (2, 0)}.get(plan.shape.reordering, (3, 1))
    params: dict[str, Any] = {"keyint": gop, "open-gop": 0, "bframes": frames[0]}
    if demands is not None:
        params["keyint"] = min(gop, demands.gop)
        params |= rate_params(demands.max_rate, demands.buffer)
    threads = _threads(demands)
    if source.codec == "h264":
        params |= {"b-pyramid": ("none", "normal")[frames[1]]}
        if not quick:
            params |= {"rc-lookahead": _LOOKAHEAD, "ref": 3}
        return options | _h264_options(source, params, threads)
    params |= {"b-pyramid": frames[1], "pools": threads, "frame-threads": 1, "info": 0, "log-level": "error"}
    params |= {"repeat-headers": 0, "hrd": 0, "aud": 0}
    if demands is not None:
        params["wpp"] = 0
    return options | {"c:v": "libx265", "tag:v": "hvc1", "x265-params": _join(params)}


def _threads(demands: Demands | None) -> int:
    return THREADS if demands is None else 1


def _h264_options(source: CopySource, params: dict[str, Any], threads: int) -> dict[str, Any]:
    sequences = [avc.read_sps(unit) for unit in source.sets if avc.kind_of(unit) == avc.SPS]
    pictures = [avc.read_pps(unit) for unit in source.sets if avc.kind_of(unit) == avc.PPS]
    sps = sequences[0]
    if sps.profile not in _PROFILES:
        raise UnreadableStream(f"profile {sps.profile} is not encoded at the edges")
    used = {one.id for one in sequences} | {one.id for one in pictures}
    spare = next((number for number in range(1, 32) if number not in used), None)
    if spare is None:
        raise UnreadableStream("it uses all ids of parameter sets")
    params |= {
        "sps-id": spare,
        "stitchable": 1,
        "threads": threads,
        "lookahead-threads": 1,
    }
    if sps.profile == 66:
        params |= {"bframes": 0, "b-pyramid": "none"}
    if sps.level > _LEAST_LEVEL:
        params["level"] = f"{sps.level // 10}.{sps.level % 10}"
    return {
        "c:v": "libx264",
        "profile:v": _PROFILES[sps.profile],
        "x264-params": _join(params),
        "bsf:v": "filter_units=remove_types=6",
    }


def _join(params: dict[str, Any]) -> str:
    return ":".join(f"{name}={value}" for name, value in params.items())
