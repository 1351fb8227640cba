"""Sources of every rate and container keep time: frames by their counters, sound and picture by flash and beep.

A frame of the source lasts until the next one; the frame of the rendition must show what the source shows in the
middle of its time. So neither speed nor a start time nor a rate conversion can hide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import Clip, from_gray, make_clip, read_counters
from render_bench import Bench, read_rendition, tiny_channel

SECONDS = 5
SLACK_S = 0.003
"""What a container that counts milliseconds may be off, and a little."""


@dataclass(frozen=True)
class Source:
    """A kind of source: how it is made, what it is rendered to, and how long its first frame is held."""

    file: str
    options: dict[str, Any] = field(default_factory=dict)
    fps: Any = 25
    lead_s: float = 0.0


def rate(source: Any, target: Any, **options: Any) -> Source:
    return Source("a.mp4", {"fps": source, "codec": "h264b", **options}, target)


NTSC, FILM = "30000/1001", "24000/1001"
SOURCES = {
    "23.976 to 25": rate(FILM, 25),
    "24 to 25": rate(24, 25),
    "29.97 to 25": rate(NTSC, 25),
    "50 to 25": rate(50, 25),
    "25 to 29.97": rate(25, NTSC),
    "25 to 50": rate(25, 50),
    "60 to 30": rate(60, 30),
    "120 to 25": rate(120, 25),
    "AAC priming and B-frames in MP4": Source("a.mp4", {"codec": "h264b"}),
    "fragments": Source("a.mp4", {"codec": "h264b", "extra": ("-movflags", "frag_keyframe+delay_moov")}),
    "edit list": Source("a.mp4", {"codec": "h264b", "edit_list_s": 0.4}),
    "variable rate in Matroska": Source("a.mkv", {"codec": "h264b", "vfr": True}),
    "transport stream": Source("a.ts", {"codec": "h264b"}),
    "transport stream whose clock wraps": Source("a.ts", {"codec": "h264b", "extra": ("-output_ts_offset", "95440")}),
    "programme stream": Source("a.mpg", {"codec": "mpeg2", "background": "noise"}),
    "AVI": Source("a.avi", {"codec": "mpeg4"}),
    "ProRes": Source("a.mov", {"codec": "prores"}),
    "MXF": Source("a.mxf", {"codec": "mpeg2", "audio": ["mono", "mono"]}),
    "WebM": Source("a.webm", {"codec": "vp9"}),
    "WebM without duration": Source("a.webm", {"codec": "vp9", "extra": ("-live", "1")}),
    "picture late": Source("a.mp4", {"codec": "h264b", "video_start": 0.4}, lead_s=0.4),
    "picture late in a transport stream": Source("a.ts", {"codec": "h264b", "video_start": 0.4}, lead_s=0.4),
    "sound late": Source("a.mp4", {"codec": "h264b", "audio_start": 0.5}),
    "sound late in a transport stream": Source("a.ts", {"codec": "h264b", "audio_start": 0.5}),
    "sound of 44.1 kHz ends early": Source("a.mp4", {"codec": "h264b", "audio_end": 4.5, "sample_rate": 44100}),
    "sound ends late": Source("a.mp4", {"codec": "h264b", "audio_end": 6.5}),
    "fields, the lower first": Source("a.mkv", {"codec": "h264b", "interlace": "bff", "count_fields": True}, 50),
    "fields of 59.94 to 25": Source(
        "a.mp4", {"codec": "h264b", "interlace": "tff", "count_fields": True, "fps": NTSC}, 25
    ),
}


def make_source(source: Source, folder: Path) -> tuple[Clip, tuple[float, ...]]:
    """Make the clip; return it with the times of its flashes on its own picture's clock."""
    fps = Fraction(source.options.get("fps", 25))
    times = tuple(float(round(seconds * fps) / fps) for seconds in (0.96, 4.16))
    hidden = source.options.get("edit_list_s", 0.0)
    options = {"gop": round(fps), "background": "black", "beeps": times, **source.options}
    if options.get("interlace"):
        options["size"] = (160, 96)
    clip = make_clip(folder / source.file, duration=SECONDS, **options)
    return clip, tuple(time - hidden for time in times)


def check_counters(clip: Clip, counters: list[int], fps: Fraction, lead: int) -> None:
    """Check that each frame shows what the source shows in the middle of its time."""
    times = list(clip.frame_times)
    numbers = list(clip.counters)
    if max(counters) > 1.5 * max(numbers):  # fields were counted, and are shown
        times = [time + part / float(clip.fps) for time in times for part in (0, 0.5)]
        numbers = [2 * number + part for number in numbers for part in (0, 1)]
    ends = [*times[1:], clip.duration + 1]
    for tick, counter in enumerate(counters):
        middle = max((tick - lead + 0.5) / float(fps), 0.0)
        place = numbers.index(counter)
        assert times[place] - SLACK_S <= middle <= ends[place] + SLACK_S, f"frame {tick} shows {counter}"


def read_events(path: Path) -> tuple[list[float], list[float], float, float]:
    """Return the times of flashes and beeps, and the ends of picture and sound."""
    flashes: list[float] = []
    lit = False
    samples: list[Any] = []
    ends = {"video": 0.0, "audio": 0.0}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                end = float((packet.pts + packet.duration) * packet.time_base)
                ends[packet.stream.type] = max(ends[packet.stream.type], end)
            for frame in packet.decode():
                if isinstance(frame, av.AudioFrame):
                    samples.append((frame.pts * frame.time_base, np.abs(frame.to_ndarray()).max(axis=0)))
                    continue
                luma = frame.to_ndarray(format="gray")
                now = bool(luma[luma.shape[0] // 3 :].mean() > 180)
                if now and not lit:
                    flashes.append(float(frame.pts * frame.time_base))
                lit = now
    heard = np.concatenate([part for _, part in samples])
    loud = np.flatnonzero(heard > heard.max() / 4) / 48000 + float(samples[0][0])
    beeps = [float(time) for n, time in enumerate(loud) if n == 0 or time - loud[n - 1] > 0.2]
    return flashes, beeps, ends["video"], ends["audio"]


@pytest.mark.parametrize("name", SOURCES)
def test_frames_and_sound_are_where_the_source_has_them(name: str, tmp_path: Path) -> None:
    source = SOURCES[name]
    clip, times = make_source(source, tmp_path)
    height = clip.height
    channel = tiny_channel(frame={"width": 160, "height": height, "fps": source.fps})
    bench = Bench(tmp_path / "work")
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": channel})
    assert sum("piece" in made for made in bench.encoded) >= 2, "no join was made"
    main, record = read_rendition(out, "one", "a")
    fps = Fraction(source.fps)
    counters = read_counters(main)
    if clip.field_order != "progressive" and source.options.get("count_fields"):
        counters = [from_gray(code) for code in counters]
    flashes, beeps, picture_s, sound_s = read_events(main)
    lead = round(flashes[0] * fps) - round(times[0] * float(fps))
    assert 0 <= lead / fps - Fraction(str(source.lead_s)) <= Fraction(1, 20), (
        f"the first frame is held for {lead} frames"
    )
    check_counters(clip, counters, fps, lead)
    assert record.frames == len(counters)
    assert abs(picture_s - lead / fps - clip.duration) <= 1 / fps + Fraction(1, 1000)
    assert abs(picture_s - sound_s) <= 1 / fps
    assert len(flashes) == len(beeps) == len(times)
    for flash, beep, time in zip(flashes, beeps, times, strict=True):
        assert abs(flash - float(lead / fps) - time) <= 0.5 / fps + Fraction(5, 1000)
        assert abs(flash - beep - source.lead_s) <= 0.5 / fps + Fraction(5, 1000), (flash, beep)
