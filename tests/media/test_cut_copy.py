"""Smart copy is exact: every frame's number read back, copied packets compared with the source's, joints decoded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_factory import CODECS, Clip, make_clip, read_counter, read_counters

from mediakit.media.info import MediaInfo
from mediakit.media.packets import PacketIndex
from mediakit.render import smart_copy
from mediakit.render.copy_plan import Copied, CopyChoice, CopyPlan, plan_copy
from mediakit.render.copy_source import CopyPacket, read_extradata
from mediakit.render.cut_making import choose_copy, make_cut
from mediakit.render.cut_plan import open_grid, parse_spans, plan_cut
from mediakit.render.smart_copy import CannotCopy, CopyFacts, copy_picture
from mediakit.tools import avc, hevc
from mediakit.tools.nal import split_units
from mediakit.tools.probe import probe_with_index

Spans = Sequence[tuple[int, int]]

H264 = ["-c:v", "libx264", "-preset", "medium", "-crf", "20", "-x264-params"]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "22", "-tag:v", "hvc1", "-x265-params"]
HARD = {
    "pyramid": [*H264, "open-gop=1:scenecut=0:bframes=5:b-adapt=0:ref=5:weightp=2"],
    "strict": [*H264, "open-gop=1:scenecut=0:bframes=5:b-adapt=0:ref=4:b-pyramid=strict"],
    "cavlc": [*H264, "open-gop=1:scenecut=0:bframes=3:b-adapt=0:ref=4:cabac=0"],
    "slices": [*H264, "open-gop=1:scenecut=0:bframes=3:b-adapt=0:ref=4:slices=3:direct=temporal"],
    "leading": [*HEVC, "log-level=error:scenecut=0:open-gop=0:radl=2:bframes=3:b-adapt=0"],
    "repeated": [*HEVC, "log-level=error:scenecut=0:open-gop=1:bframes=3:b-adapt=0:repeat-headers=1:aud=1"],
}
"""More sources: reference pictures among the leading ones, bits that must be moved, several slices, in-band sets."""


def open_clip(clip: Clip) -> tuple[MediaInfo, PacketIndex]:
    info, index = probe_with_index(clip.path, "0" * 64)
    assert index is not None
    return info, index


def choose(clip: Clip, spans: Spans) -> CopyChoice:
    info, index = open_clip(clip)
    return plan_copy(info, index, open_grid(info, index), spans)


def copy(clip: Clip, spans: Spans, target: Path) -> tuple[CopyFacts, CopyChoice]:
    choice = choose(clip, spans)
    return copy_picture(clip.path, choice.plans, target, scratch=target.parent / "scratch", task="copy"), choice


def numbers(clip: Clip, spans: Spans) -> list[int]:
    return [number for first, end in spans for number in clip.counters[first:end]]


def assert_every_key_frame_is_a_start(path: Path, wanted: list[int]) -> None:
    """Decoding from each key frame that the file names gives that frame and all that follow."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        keys = [packet.pts for packet in container.demux(stream) if packet.size and packet.is_keyframe]
        base, rate = stream.time_base, stream.average_rate
    assert base is not None
    assert rate is not None
    assert keys[0] == 0
    for key in keys:
        assert key is not None
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            container.seek(key, stream=stream)
            found = {}
            for frame in container.decode(stream):
                assert not frame.is_corrupt
                assert frame.pts is not None
                found[round(frame.pts * base * rate)] = read_counter(frame.to_ndarray(format="gray"))
        first = round(key * base * rate)
        assert [found.get(number) for number in range(first, len(wanted))] == wanted[first:]


def read_packets(path: Path) -> dict[int, bytes]:
    """Return packets by time stamp."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return {
            packet.pts: bytes(packet) for packet in container.demux(stream) if packet.size and packet.pts is not None
        }


CONTAINERS: dict[str, dict[str, Any]] = {
    "a.mp4": {},
    "a.mov": {"fps": "30000/1001"},
    "a.mkv": {"fps": "24000/1001"},
    "a.ts": {},
    "edited.mp4": {"edit_list_s": 0.2},
    "late.mp4": {"video_start": 0.48, "audio": "stereo"},
    "far.ts": {"extra": ("-output_ts_offset", "5000"), "fps": 50},
    "wrapped.ts": {"extra": ("-output_ts_offset", "95440")},
}


@pytest.mark.parametrize("codec", ["h264b", "h264open", "hevc", "hevcopen"])
@pytest.mark.parametrize("name", CONTAINERS)
def test_frames_are_right_whatever_the_source(tmp_path: Path, name: str, codec: str) -> None:
    options = {"audio": None, **CONTAINERS[name]}
    clip = make_clip(tmp_path / name, duration=4.0, codec=codec, gop=20, **options)
    last = len(clip.counters)
    spans = [(41, 77), (0, 44), (last - 33, last)]
    facts, _ = copy(clip, spans, tmp_path / "cut.mp4")
    wanted = numbers(clip, spans)
    assert read_counters(tmp_path / "cut.mp4") == wanted
    assert facts.frames == len(wanted)
    assert facts.copied > 0.5 * len(wanted)
    assert_every_key_frame_is_a_start(tmp_path / "cut.mp4", wanted)


@pytest.mark.parametrize("name", HARD)
def test_pictures_that_are_hard_to_cut_between(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, name, HARD[name])
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, codec=name, gop=20, audio=None)
    spans = [(15, 75), (31, 63)]
    facts, choice = copy(clip, spans, tmp_path / "cut.mp4")
    assert facts.copied == choice.plans[0].copied > 0.7 * facts.frames
    assert_copied_pictures_are_the_sources(clip, choice.plans[0], tmp_path / "cut.mp4")
    assert_every_key_frame_is_a_start(tmp_path / "cut.mp4", numbers(clip, spans))


def assert_copied_pictures_are_the_sources(clip: Clip, plan: CopyPlan, made: Path) -> None:
    """Every pixel of every copied frame is as the source decodes, and every other frame is near it."""
    pictures = []
    for path in (clip.path, made):
        with av.open(str(path)) as container:
            pictures.append([frame.to_ndarray().astype(int) for frame in container.decode(video=0)])
    source, result = pictures
    assert len(result) == plan.frames
    place = 0
    for stretch in plan.stretches:
        for tick in range(stretch.first, stretch.end):
            difference = abs(result[place] - source[tick])
            assert difference.max() == 0 if isinstance(stretch, Copied) else difference.mean() < 4, (tick, place)
            place += 1


@pytest.fixture(scope="module")
def open_source(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    CODECS["pyramid"] = HARD["pyramid"]
    try:
        return make_clip(
            tmp_path_factory.mktemp("open") / "a.mp4", duration=5.0, codec="pyramid", gop=18, audio=None, size=(96, 64)
        )
    finally:
        del CODECS["pyramid"]


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(first=st.integers(0, 100), length=st.integers(1, 80))
def test_any_in_and_out_point_of_open_groups(open_source: Clip, first: int, length: int) -> None:
    spans = [(first, min(first + length, len(open_source.counters)))]
    choice = choose(open_source, spans)
    target = open_source.path.with_name("cut.mp4")
    if not choice.plans:
        assert choice.reason == "no whole group of pictures lies inside"
        assert spans[0][1] - spans[0][0] < 18 + 16
        return
    copy(open_source, spans, target)
    assert read_counters(target) == numbers(open_source, spans)


@pytest.mark.parametrize("codec", ["h264b", "hevc", "hevcopen"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_copied_packets_are_the_sources(tmp_path: Path, codec: str, name: str) -> None:
    clip = make_clip(tmp_path / name, duration=3.0, codec=codec, gop=20, audio=None)
    _, choice = copy(clip, [(10, 70)], tmp_path / "cut.mp4")
    copied = next(one for one in choice.plans[0].stretches if isinstance(one, Copied))
    before = [data for _, data in sorted(read_packets(clip.path).items())]
    after = [data for _, data in sorted(read_packets(tmp_path / "cut.mp4").items())]
    with av.open(str(clip.path)) as container:
        extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
    sets, prefix = read_extradata("h264" if codec == "h264b" else "hevc", extradata)
    for tick in range(copied.first, copied.end):
        source, made = before[tick], after[tick - 10]
        opened = codec == "hevcopen" and tick == copied.first
        if prefix and not opened:
            assert made == source
        else:
            theirs = [unit for unit in split_units(source, prefix) if unit not in sets]
            ours = split_units(made, 4)
            # An open HEVC start is named another kind of picture, in the first byte of its units; nothing else is.
            assert [unit[opened:] for unit in ours] == [unit[opened:] for unit in theirs]
    with av.open(str(tmp_path / "cut.mp4")) as container:
        extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
        assert container.streams.video[0].codec_context.codec_tag == ("avc1" if codec == "h264b" else "hvc1")
    if codec == "h264b":
        found = [(avc.kind_of(unit), unit) for unit in avc.read_config(extradata)[0]]
    else:
        found = [
            (hevc.kind_of(unit), hevc.set_id(unit))
            for unit in hevc.read_config(extradata)[0]
            if hevc.kind_of(unit) < 39
        ]
    assert len(found) == len(set(found)) == 2 * (2 if codec == "h264b" else 3)  # the source's sets and the edges' own


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("h264b", {"bit_format": "yuv422p10le"}),
        ("h264b", {"color_range": "full"}),
        ("hevcopen", {"transfer": "hlg"}),
        ("hevc", {"transfer": "pq", "sample_aspect": "4/3"}),
        ("h264", {"sample_aspect": "16/11"}),
    ],
)
def test_edges_take_the_sources_form(tmp_path: Path, codec: str, options: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec=codec, gop=20, audio=None, **options)
    facts, _ = copy(clip, [(15, 66)], tmp_path / "cut.mp4")
    assert 0 < facts.copied < facts.frames
    before, _ = probe_with_index(clip.path, "0" * 64)
    after, _ = probe_with_index(tmp_path / "cut.mp4", "0" * 64)
    same = {
        "start",
        "duration",
        "frames",
        "bit_rate",
        "time_base",
        "longest_gop_s",
        "closed_gop",
        "nominal_fps",
        "default",
    }
    assert before.picture is not None
    assert after.picture is not None
    assert after.picture.model_dump(exclude=same) == before.picture.model_dump(exclude=same)
    with av.open(str(tmp_path / "cut.mp4")) as container:
        looks = {
            (f.format.name, f.width, f.height, f.color_range, f.colorspace, f.color_primaries, f.color_trc)
            for f in container.decode(video=0)
        }
    assert len(looks) == 1
    assert read_counters(tmp_path / "cut.mp4") == numbers(clip, [(15, 66)])


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("a.mp4", {"vfr": True}, "the frame rate varies"),
        ("a.mp4", {"interlace": "tff", "size": (160, 96)}, "the picture is interlaced"),
        ("a.mp4", {"rotation": 90}, "the picture is turned by metadata"),
        ("a.mxf", {"codec": "mpeg2", "audio": None}, "the codec mpeg2video is not copied"),
        ("a.mov", {"codec": "prores"}, "the codec prores is not copied"),
        ("a.webm", {"codec": "vp9"}, "the codec vp9 is not copied"),
        ("a.mp4", {"gop": 100}, "no whole group of pictures lies inside"),
    ],
)
def test_what_is_not_copied_is_encoded_and_says_why(
    tmp_path: Path, name: str, options: dict[str, Any], reason: str
) -> None:
    clip = make_clip(tmp_path / name, duration=3.0, **options)
    info, index = open_clip(clip)
    plan = plan_cut(info, index, parse_spans("0.4-2.4", info, index))
    choice = choose_copy(info, index, plan)
    assert (choice.plans, choice.reason) == ((), reason)
    made = make_cut(clip.path, plan, choice, tmp_path / "cut.mp4", scratch=tmp_path, task="cut")
    assert plan.picture is not None
    assert (made.copied, made.encoded, made.note) == (0, plan.picture.frames, reason)
    assert len(read_counters(tmp_path / "cut.mp4")) == plan.picture.frames == 50


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("fake-interlaced=1:bframes=2", "the picture may be coded in fields"),
        ("intra-refresh=1:bframes=0:scenecut=0", "its key frame does not say that decoding may start there"),
    ],
)
def test_what_only_the_pictures_tell_is_found_before_anything_is_encoded(
    tmp_path: Path, parameters: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CODECS, "odd", [*H264, parameters])
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="odd", gop=20, size=(160, 96), audio=None)
    info, index = open_clip(clip)
    plan = plan_cut(info, index, parse_spans("5f-70f", info, index))
    choice = choose_copy(info, index, plan)
    assert choice.plans
    monkeypatch.setattr(smart_copy, "encode_edges", lambda *arguments, **more: pytest.fail("edges were encoded"))
    made = make_cut(clip.path, plan, choice, tmp_path / "cut.mp4", scratch=tmp_path, task="cut")
    assert (made.copied, made.encoded, made.note) == (0, 65, reason)
    assert read_counters(tmp_path / "cut.mp4") == list(range(5, 70))


def test_a_frame_that_is_missing_is_held_not_copied(tmp_path: Path) -> None:
    import numpy as np

    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="h264", audio=None)
    info, index = open_clip(clip)
    keep = np.arange(len(index)) != 30
    columns = {
        name: getattr(index, name)[keep] for name in ("pts", "dts", "duration", "size", "hash", "key", "idr", "shown")
    }
    holed = PacketIndex(index.stream_index, index.time_base, **columns)
    choice = plan_copy(info, holed, open_grid(info, holed), [(5, 60)])
    assert (choice.plans, choice.reason) == ((), "frames are missing or doubled")


def test_a_source_that_is_not_the_indexed_one_is_not_copied(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="h264b", gop=20)
    info, index = open_clip(clip)
    plan = plan_cut(info, index, parse_spans("10f-70f", info, index))
    choice = choose_copy(info, index, plan)
    wrong = tuple(
        replace(one, fingerprint="0" * 64) if isinstance(one, Copied) else one for one in choice.plans[0].stretches
    )
    changed = CopyChoice((replace(choice.plans[0], stretches=wrong),))
    made = make_cut(clip.path, plan, changed, tmp_path / "cut.mp4", scratch=tmp_path, task="cut")
    assert (made.copied, made.encoded, made.note) == (0, 60, "its packets are not those that were indexed")
    assert read_counters(tmp_path / "cut.mp4") == list(range(10, 70))


@pytest.mark.parametrize("fault", ["swapped", "lost", "shifted"])
def test_a_copy_that_came_out_wrong_is_never_kept(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="h264", gop=20, audio=None)
    right = smart_copy.copied_packets

    def wrong(*arguments: Any) -> list[CopyPacket]:
        packets = list(right(*arguments))
        if fault == "swapped":
            packets[3] = replace(packets[3], data=packets[4].data)
        elif fault == "lost":
            packets[3] = replace(packets[3], data=b"\0\0\0\1\x0c")
        else:
            packets[5] = replace(packets[5], number=packets[4].number)
        return packets

    monkeypatch.setattr(smart_copy, "copied_packets", lambda *arguments: iter(wrong(*arguments)))
    with pytest.raises(CannotCopy):
        copy(clip, [(10, 70)], tmp_path / "cut.mp4")
    assert not (tmp_path / "cut.mp4").exists()


def test_sound_stays_with_a_copied_picture(tmp_path: Path) -> None:
    import numpy as np

    clip = make_clip(tmp_path / "a.mp4", duration=6.0, codec="h264open", gop=20, beeps=(1.0, 3.0, 4.5))
    info, index = open_clip(clip)
    plan = plan_cut(info, index, parse_spans("0.6-2.1,2.7-3.9,4.2-5.4", info, index))
    made = make_cut(clip.path, plan, choose_copy(info, index, plan), tmp_path / "cut.mp4", scratch=tmp_path, task="cut")
    assert made.copied > 40
    with av.open(str(tmp_path / "cut.mp4")) as container:
        luma = [(frame.time, frame.to_ndarray(format="gray")[30:].mean()) for frame in container.decode(video=0)]
    with av.open(str(tmp_path / "cut.mp4")) as container:
        frames = list(container.decode(audio=0))
        wave = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        rate, first = frames[0].sample_rate, frames[0].time
    loud = np.abs(wave) > 0.05
    beeps = [first + at / rate for at in np.flatnonzero(loud) if not loud[max(0, at - 3000) : at].any()]
    flashes = [time for k, (time, value) in enumerate(luma) if value > 200 and (k == 0 or luma[k - 1][1] <= 200)]
    assert len(beeps) == len(flashes) == 3
    for beep, flash in zip(beeps, flashes, strict=True):
        assert flash == pytest.approx(beep, abs=1.1 / clip.fps)
    assert len(wave) / rate == pytest.approx(float(len(luma) / clip.fps), abs=float(1 / clip.fps))


def test_same_copy_same_bytes_and_a_plan_that_travels(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="hevcopen", gop=20, audio=None)
    choice = choose(clip, [(33, 66), (5, 44)])
    assert CopyChoice.unpack(json.loads(json.dumps(choice.pack()))) == choice
    for name in ("1.mp4", "2.mp4"):
        copy_picture(clip.path, choice.plans, tmp_path / name, scratch=tmp_path / name[0], task="copy")
    assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()
