"""Broadcast MXF: every field in its place and time, constant rate, mono tracks, timecode, the same bytes twice."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from field_clips import STEP, bar_places, make_moving_bar
from media_factory import make_clip, read_counters, read_luma
from render_bench import Bench, read_rendition, tiny_channel
from test_edit_render import make_edit

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel
from mediakit.errors import Cancelled, ToolError, UsageError
from mediakit.media.qcreport import Check
from mediakit.quality.inspection import inspect_file
from mediakit.quality.target import make_target
from mediakit.render import whole
from mediakit.render.drawing import Drawing, Fade
from mediakit.render.metadata import aigc_tags, build_aigc, read_aigc
from mediakit.render.scene import Plain, Scene
from mediakit.render.whole import Part, encode_whole, encoder_arguments
from mediakit.steps.render_settings import RenderSettings
from mediakit.tools.probe import probe_media

RATE = 4_000_000


def broadcast(**changes: Any) -> dict[str, Any]:
    """Return a broadcast channel as small as its test clips."""
    channel = tiny_channel(
        container="mxf",
        frame={"width": 320, "height": 180, "fps": 25, "scan": "interlaced"},
        video={
            **{"codec": "mpeg2", "profile": "4:2:2", "bit_rate": RATE, "max_rate": RATE, "buffer": 1_426_063},
            **{"gop_seconds": 0.48, "pixel_format": "yuv422p"},
        },
        audio={"codec": "pcm_s24le", "channels": 2, "loudness": "r128"},
        start_timecode="10:00:00:00",
    )
    return {**channel, **changes}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def render(bench: Bench, path: Path, **settings: Any) -> tuple[Path, Any]:
    channel = settings.pop("channel", None) or broadcast()
    out = bench.render(bench.ingest(path), channels=["mxf"], channel_definitions={"mxf": channel}, **settings)
    return read_rendition(out, "mxf", path.stem)


def check_file(main: Path, record: Any, channel: dict[str, Any], *only: str) -> dict[str, Check]:
    profiles = load_profiles()
    target = make_target(
        Channel.model_validate(channel), profiles.loudness["r128"], profiles.qc["television"], record, only
    )
    return {check.id: check for check in inspect_file(main, target)}


def test_progressive_frames_travel_as_they_are(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "母版 1.mp4", duration=9.0, codec="h264b", gop=25, size=(320, 180))
    main, record = render(bench, clip.path)
    assert main.suffix == ".mxf"
    assert tuple(read_counters(main)) == clip.counters
    assert record.frames == clip.frames
    assert any("PsF" in note for note in record.notes)
    info = probe_media(main, "")
    assert info.timecode == record.start_timecode == "10:00:00:00"
    assert info.picture is not None
    assert (info.picture.codec, info.picture.profile) == ("mpeg2video", "4:2:2")
    assert (info.picture.field_order, info.picture.pixel_format) == ("tff", "yuv422p")
    assert info.picture.closed_gop
    assert info.picture.longest_gop_s == pytest.approx(0.48)
    assert [(track.channels, track.codec, track.sample_rate) for track in info.audio] == [(1, "pcm_s24le", 48000)] * 2
    assert {track.duration for track in info.audio} == {info.picture.duration} == {9.0}
    assert len(bench.jobs(_settings(), {"asset": bench.ingest(clip.path)})) == 2  # the sound, and one whole picture
    checks = check_file(main, record, broadcast())
    bad = {name: check.message for name, check in checks.items() if check.verdict == "fail"}
    assert not bad
    assert checks["field_order"].measured == "coded tff, seen progressive"
    assert checks["loudness"].verdict == "pass"


def _settings() -> RenderSettings:
    return RenderSettings.model_validate({"channels": ["mxf"], "channel_definitions": {"mxf": broadcast()}})


@pytest.mark.parametrize(
    ("name", "scan", "size", "aspect", "rate"),
    [
        ("a.ts", "tff", (320, 180), "1", 25),
        ("a.mkv", "tff", (320, 180), "1", 25),
        ("a.ts", "bff", (320, 180), "1", 25),
        ("a.mov", "bff", (320, 180), "1", 25),
        ("a.ts", "tff", (240, 180), "4/3", 25),
        ("a.ts", "tff", (320, 144), "4/5", 25),
        ("a.ts", "bff", (320, 144), "4/5", 25),
        ("a.ts", "progressive", (320, 180), "1", 50),
    ],
)
def test_every_field_keeps_its_instant(
    bench: Bench, tmp_path: Path, name: str, scan: str, size: tuple[int, int], aspect: str, rate: int
) -> None:
    """Fifty instants a second go in, and as many come out, in order, across the joins of pieces."""
    frames = make_moving_bar(tmp_path / name, scan=scan, size=size, aspect=aspect, rate=rate, seconds=6.0)
    main, _ = render(bench, tmp_path / name)
    fields = [place for luma in read_luma(main) for place in bar_places(luma)]
    assert len(fields) == frames * (1 if rate == 50 else 2) == 300
    inside = [place for place in fields if place is not None and 16 < place < 296]
    steps = np.diff(inside)
    scale = 320 / size[0]
    assert len(inside) > 100 / scale
    assert steps.min() > 0.5 * STEP * scale
    assert steps == pytest.approx(np.full(len(steps), STEP * scale), abs=0.6 * scale)


@pytest.mark.parametrize(("scan", "rate"), [("progressive", 25), ("progressive", 24), ("tff", Fraction(30000, 1001))])
def test_both_fields_of_a_whole_frame_show_one_instant(
    bench: Bench, tmp_path: Path, scan: str, rate: Fraction | int
) -> None:
    make_moving_bar(tmp_path / "a.ts", scan=scan, rate=rate)
    main, record = render(bench, tmp_path / "a.ts")
    lumas = read_luma(main)
    assert len(lumas) == 50
    for top, bottom in map(bar_places, lumas):
        assert top is not None
        assert bottom is not None
        assert abs(top - bottom) < 0.3
    assert any("PsF" in note for note in record.notes)


def test_a_psf_channel_takes_fields_as_whole_frames(bench: Bench, tmp_path: Path) -> None:
    make_moving_bar(tmp_path / "a.ts", scan="tff")
    frame = {"width": 320, "height": 180, "fps": 25, "scan": "psf"}
    main, _ = render(bench, tmp_path / "a.ts", channel=broadcast(frame=frame))
    assert all(abs((a or 0) - (b or 0)) < 0.3 for a, b in map(bar_places, read_luma(main)))
    info = probe_media(main, "")
    assert info.picture is not None
    assert info.picture.field_order == "tff"


def test_fine_lines_survive_psf(bench: Bench, tmp_path: Path) -> None:
    """Lines of alternate grey are the finest vertical detail; a filter over the fields would level them."""
    from media_factory import run

    graph = "color=gray:s=320x180:r=25:d=1,format=gray,geq=lum='if(mod(Y,2),180,60)',format=yuv420p"
    run(["-f", "lavfi", "-i", graph, "-c:v", "ffv1", tmp_path / "a.mkv"])
    main, _ = render(bench, tmp_path / "a.mkv")
    luma = read_luma(main)[12].astype(int)
    assert luma[0::2].mean() == pytest.approx(60, abs=4)
    assert luma[1::2].mean() == pytest.approx(180, abs=4)


def test_colour_is_not_mixed_between_fields(bench: Bench, tmp_path: Path) -> None:
    """The top field red, the bottom one blue: 4:2:0 fields become 4:2:2 fields without a mixture."""
    import av
    from media_factory import run

    graph = "color=red:s=320x180:r=25:d=1,format=yuv420p[r];color=blue:s=320x180:r=25:d=1,format=yuv420p[b];"
    graph += "[r][b]interleave,tinterlace=mode=interleave_top,setfield=tff"
    tags = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=limited"
    flags = ["-flags:v", "+ildct+ilme", "-g", "1", "-q:v", "1"]
    graph += f",{tags},fps=25"
    run(["-f", "lavfi", "-i", graph, "-c:v", "mpeg2video", *flags, tmp_path / "a.ts"])
    main, record = render(bench, tmp_path / "a.ts")
    assert any("own fields" in note for note in record.notes)
    with av.open(str(main)) as container:
        frames = [frame.to_ndarray(format="yuv422p") for frame in container.decode(video=0)]
    chroma = frames[len(frames) // 2][180:].reshape(2, 180, 160)
    red = chroma[1]
    assert red[0::2].min() > red[1::2].max() + 60


def test_extra_tracks_are_silent_or_repeat(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    plain = {"codec": "pcm_s24le", "channels": 2, "loudness": "r128"}
    silent, _ = render(bench, clip.path, channel=broadcast(audio={**plain, "tracks": 4}))
    first = bench.encoded
    again, record = render(bench, clip.path, channel=broadcast(audio={**plain, "tracks": 4, "fill": "repeat"}))
    assert first
    assert not bench.encoded  # neither the picture nor the sound is made again for another layout of tracks
    tones = [[_pitch(path, track) for track in range(4)] for path in (silent, again)]
    left, right = clip.frequencies[0]
    assert tones[0] == [left, right, None, None]
    assert tones[1] == [left, right, left, right]
    check = check_file(again, record, broadcast(audio={**plain, "tracks": 8}), "container")["container"]
    assert "4 sound tracks, not 8" in check.message


def _pitch(path: Path, track: int) -> int | None:
    """Return a track's frequency in Hz, to 10 Hz; None for digital silence."""
    import av

    with av.open(str(path)) as container:
        samples = np.concatenate(
            [frame.to_ndarray().reshape(-1) for frame in container.decode(container.streams.audio[track])]
        ).astype(np.float64)
    if not samples.any():
        return None
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return int(round(float(spectrum.argmax()) * 48000 / len(samples) / 10) * 10)


def test_the_rate_is_constant(bench: Bench, tmp_path: Path) -> None:
    import av

    for name, background in (("plain", "black"), ("busy", "testsrc2")):
        clip = make_clip(tmp_path / f"{name}.mp4", duration=8.0, size=(320, 180), background=background)  # type: ignore[arg-type]
        main, record = render(bench, clip.path)
        sizes: list[int] = []
        with av.open(str(main)) as container:
            for packet in container.demux(video=0):
                if packet.size and packet.is_keyframe:
                    sizes.append(0)
                if packet.size:
                    sizes[-1] += packet.size * 8
        rates = np.array(sizes[2:-1]) / 0.48
        assert rates == pytest.approx(np.full(len(rates), RATE), rel=0.1), name
        checks = check_file(main, record, broadcast(), "container", "buffer")
        assert {check.verdict for check in checks.values()} == {"pass"}


def test_the_same_bytes_twice_and_the_timecode_asked_for(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    made = []
    for number in range(2):
        bench = Bench(tmp_path / f"work{number}")
        main, record = render(bench, clip.path, start_timecode="09:58:30:12")
        made.append(main.read_bytes())
        assert probe_media(main, "").timecode == record.start_timecode == "09:58:30:12"
    assert made[0] == made[1]
    other, _ = render(bench, clip.path)
    assert _umid(main) != _umid(other)
    with pytest.raises(UsageError, match="out of range"):
        render(bench, clip.path, start_timecode="10:00:00:25")


def _umid(path: Path) -> str:
    import av

    with av.open(str(path)) as container:
        umids = {container.metadata["material_package_umid"]}
        umids |= {stream.metadata["file_package_umid"] for stream in container.streams}
    assert len(umids) == 2  # the material package and one file package
    assert all(set(umid[34:-2]) != {"0"} for umid in umids)
    return container.metadata["material_package_umid"]


def test_form_faults_of_a_broadcast_file_are_named(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    main, record = render(bench, clip.path)
    video = {**broadcast()["video"], "bit_rate": 9_000_000, "max_rate": 9_000_000}
    other = broadcast(video=video, audio={"codec": "pcm_s16le", "channels": 2, "loudness": "r128"})
    late = record.model_copy(update={"start_timecode": "09:00:00:00"})
    message = check_file(main, late, other, "container")["container"].message
    for words in ("10:00:00:00, not 09:00:00:00", "constant 9 Mb/s", "track 2: sound codec is pcm_s24le"):
        assert words in message


def _parts(bench: Bench, path: Path) -> tuple[Part, ...]:
    job = bench.jobs(_settings(), {"asset": bench.ingest(path)})[-1]
    return whole.unpack_parts(job.payload)


def test_a_short_part_stops_the_whole(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, codec="h264b", gop=25, size=(320, 180))
    parts = _parts(bench, clip.path)
    assert len(parts) > 1
    window = parts[0].scene.windows[0]
    clip.path.unlink()
    make_clip(clip.path, duration=0.8, codec="h264b", gop=25, size=(320, 180))
    assert window.frames > 20
    with pytest.raises(ToolError, match=r"of \d+ frames"):
        encode_whole(parts, tmp_path / "out.mxf", task="mxf", scratch=tmp_path)


def test_a_seek_that_lands_late_is_made_good_from_further_back(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, codec="h264b", gop=25, size=(320, 180))
    parts = _parts(bench, clip.path)
    tried: list[float] = []
    plain = whole.part_arguments

    def late(part: Part, pipe: int, ass_path: Path, *, early_s: float) -> list[str]:
        tried.append(early_s)
        window = part.scene.windows[0]
        if early_s < 12 and window.first:
            late_window = dataclasses.replace(window, first=window.first + 5)
            part = dataclasses.replace(part, scene=Scene((late_window,)))
        return plain(part, pipe, ass_path, early_s=early_s)

    monkeypatch.setattr(whole, "part_arguments", late)
    encode_whole(parts, tmp_path / "out.mxf", task="mxf", scratch=tmp_path)
    assert tuple(read_counters(tmp_path / "out.mxf")) == clip.counters
    assert tried == [0.0, 0.0, 2.5, 2.5] + [12.0] * len(parts)


def test_what_fails_is_named_with_its_log(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=5.0, size=(320, 180))
    parts = _parts(bench, clip.path)
    spec = parts[0].drawing.spec

    with monkeypatch.context() as patched:
        patched.setattr(whole, "encoder_arguments", lambda *a: [*encoder_arguments(*a)[:-1], "file:/none/x.mxf"])
        with pytest.raises(ToolError, match="exit code") as raised:
            encode_whole(parts, tmp_path / "out.mxf", task="mxf", scratch=tmp_path)
    assert raised.value.where == "mxf, encoder"
    assert (tmp_path / "encoder.log").is_file()
    with monkeypatch.context() as patched:
        patched.setattr(whole, "encoder_arguments", lambda *a: ["-t", "0.1", *encoder_arguments(*a)])
        with pytest.raises(ToolError, match="encoder") as raised:
            encode_whole(parts, tmp_path / "out.mxf", task="mxf", scratch=tmp_path)
    broken = Part(parts[-1].scene, parts[-1].carriages, Drawing(spec, ass="x", font="/none.otf"))
    clip.path.write_bytes(b"no media")
    with pytest.raises(ToolError, match="exit code") as raised:
        encode_whole([broken], tmp_path / "out.mxf", task="mxf", scratch=tmp_path)
    assert raised.value.where == "mxf, part 1/1"
    assert (tmp_path / "part1.log").is_file()


def test_fields_stay_apart_in_a_dissolve_and_under_a_fade(bench: Bench, tmp_path: Path) -> None:
    """A moving bar that keeps its fields dissolves to black, then comes up from black on a plain grey."""
    make_moving_bar(tmp_path / "a.ts", scan="tff")
    part = _parts(bench, tmp_path / "a.ts")[0]
    spec = part.drawing.spec
    parts = (
        Part(Scene((*part.scene.layers, Plain("#000000", part.frames))), ("kept", "frames"), part.drawing),
        Part(Scene((Plain("#808080", 10),)), ("frames",), Drawing(spec, fades=(Fade("in", 0, 10),))),
    )
    encode_whole(parts, tmp_path / "out.mxf", task="mxf", scratch=tmp_path)
    lumas = read_luma(tmp_path / "out.mxf")
    assert len(lumas) == part.frames + 10
    fields = [place for luma in lumas[: part.frames // 2] for place in bar_places(luma)]
    inside = [place for place in fields if place is not None and place > 16]
    assert np.diff(inside) == pytest.approx(np.full(len(inside) - 1, STEP), abs=0.6)
    peaks = [int(luma.max()) for luma in lumas]
    assert peaks[0] > 220
    assert peaks[part.frames // 2] == pytest.approx(126, abs=12)
    assert peaks[part.frames - 1] < 30
    assert peaks[part.frames] < 40 < peaks[-1] == pytest.approx(126, abs=12)


def test_an_edit_holds_frames_and_fields_side_by_side(bench: Bench, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", duration=6.0, size=(320, 180), codec="h264b", gop=20)
    make_moving_bar(tmp_path / "video.ts", scan="tff", seconds=5.0)
    make_moving_bar(tmp_path / "fast.ts", scan="progressive", rate=50, seconds=3.0)
    edit = make_edit(
        bench,
        {"film": film.path, "video": tmp_path / "video.ts", "fast": tmp_path / "fast.ts"},
        fps=25,
        picture=[
            {"clip": "film", "in": "30f", "length": "61f"},
            {"gap": "#000000", "length": "10f"},
            {"clip": "video", "in": "5f", "length": "50f"},
            {"clip": "fast", "in": "20f", "length": "40f"},
        ],
    )
    out = bench.render_edit(edit, channels=["mxf"], channel_definitions={"mxf": broadcast()})
    main, record = read_rendition(out, "mxf", "edit")
    assert read_counters(main)[:61] == list(range(30, 91))
    places = [bar_places(luma) for luma in read_luma(main)]
    assert record.frames == len(places) == 161
    assert places[61:71] == [(None, None)] * 10
    for first, count, start in ((71, 50, 10), (121, 40, 20)):
        fields = [place for pair in places[first : first + count] for place in pair]
        assert None not in fields
        wanted = [7.5 + STEP * (start + n) for n in range(len(fields))]
        assert fields == pytest.approx(wanted, abs=3)
        assert np.diff(np.array(fields, dtype=float)).min() > 0.5 * STEP
    assert len({note for note in record.notes if "fields" in note}) == 3


def test_a_label_of_generated_content_is_kept(bench: Bench, tmp_path: Path) -> None:
    label = build_aigc(producer="电视台", produce_id="42", label="1")
    tags = aigc_tags(label, "mp4")
    extra = ("-movflags", "+use_metadata_tags")
    clip = make_clip(tmp_path / "a.mp4", duration=1.0, size=(320, 180), metadata=tags, extra=extra)
    assert read_aigc(clip.path) == label
    main, record = render(bench, clip.path)
    assert read_aigc(main) == label
    assert record.ai_label


def test_cancelling_ends_both_processes(bench: Bench, tmp_path: Path) -> None:
    import threading

    clip = make_clip(tmp_path / "a.mp4", duration=5.0, size=(320, 180))
    parts = _parts(bench, clip.path)
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        encode_whole(
            parts * 40, tmp_path / "out.mxf", task="mxf", scratch=tmp_path, is_cancelled=lambda: next(asked) > 12
        )
    assert not [thread for thread in threading.enumerate() if thread.name == "encoder"]
