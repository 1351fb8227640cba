"""A master rendered for channels: every frame, even times, sound as long as the picture, the text in its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from media_factory import make_clip, read_counters
from render_bench import Bench, file_ref, read_rendition, tiny_channel

from mediakit.errors import InputError, RecipeError, UsageError
from mediakit.steps.inputs import Artifact
from mediakit.steps.render_settings import RenderSettings


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def lengths(path: Path) -> tuple[float, float]:
    with av.open(str(path)) as container:
        ends: dict[str, Any] = {"video": 0, "audio": 0}
        for packet in container.demux():
            if packet.size and packet.pts is not None and packet.duration is not None:
                end = (packet.pts + packet.duration) * packet.time_base
                ends[packet.stream.type] = max(ends[packet.stream.type], end)
    return float(ends["video"]), float(ends["audio"])


def test_a_master_keeps_frames_times_and_sound(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "开 场'1.mp4", duration=9.0, codec="h264b", gop=25)
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": tiny_channel()})
    main, record = read_rendition(out, "one", "开 场'1")
    assert tuple(read_counters(main)) == clip.counters
    picture, sound = lengths(main)
    assert picture == pytest.approx(9.0)
    assert abs(picture - sound) <= 1 / 25
    assert record.frames == clip.frames
    assert record.fps == Fraction(25)
    assert record.loudness is not None
    assert record.loudness.integrated_lufs == pytest.approx(-23, abs=1)
    assert [file.role for file in record.files] == ["programme"]
    head = main.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    assert b"elst" not in head


def test_channels_that_want_the_same_picture_share_it(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=5.0, gop=25)
    channels = {"one": tiny_channel(), "two": tiny_channel(title="another", limits={"title": 30})}
    asset = bench.ingest(clip.path)
    jobs = bench.jobs(
        RenderSettings.model_validate({"channels": ["one", "two"], "channel_definitions": channels}), {"asset": asset}
    )
    assert all(len(job.results) == 1 for job in jobs)
    assert sum(job.payload["kind"] == "sound" for job in jobs) == 1


def test_flash_and_beep_stay_together(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.ts", duration=5.0, beeps=(1.0, 3.2), background="black", codec="h264b", gop=25)
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": tiny_channel()})
    main, _ = read_rendition(out, "one", "a")
    flashes, beeps = _events(main)
    assert len(flashes) == len(beeps) == 2
    for flash, beep in zip(flashes, beeps, strict=True):
        assert abs(flash - beep) <= 0.03


def _events(path: Path) -> tuple[list[float], list[float]]:
    """Return the times at which the picture turns white and at which the sound starts."""
    import numpy as np

    flashes: list[float] = []
    lit = False
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            now = bool(frame.to_ndarray(format="gray")[30:].mean() > 128)
            if now and not lit:
                flashes.append(float(frame.pts * frame.time_base))
            lit = now
    samples, rate = [], 48000
    with av.open(str(path)) as container:
        start = None
        for sound in container.decode(audio=0):
            start = sound.pts * sound.time_base if start is None else start
            samples.append(np.abs(sound.to_ndarray()).max(axis=0))
    loud = np.concatenate(samples) > 0.05
    edges = [int(i) for i in np.flatnonzero(loud)]
    beeps = [edge for n, edge in enumerate(edges) if n == 0 or edge - edges[n - 1] > rate // 10]
    return flashes, [float(start or 0) + edge / rate for edge in beeps]


def test_one_changed_cue_encodes_only_its_piece(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=16.0, size=(320, 180), gop=50, audio=None)
    asset = bench.ingest(clip.path)
    burned = tiny_channel(
        frame={"width": 320, "height": 180, "fps": 25}, subtitles={"profile": "netflix_en", "mode": "burn"}
    )
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": burned}, "language": "en"}
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:13,000 --> 00:00:14,000\n{}\n"
    for name, word in (("a.srt", "Two"), ("b.srt", "Three")):
        (tmp_path / name).write_text(text.format(word))
    out = bench.render(asset, {"subtitles": file_ref(tmp_path / "a.srt")}, subtitles=tmp_path / "a.srt", **options)
    cold = len(bench.encoded)
    first, record = read_rendition(out, "one", "a")
    out = bench.render(asset, {"subtitles": file_ref(tmp_path / "b.srt")}, subtitles=tmp_path / "b.srt", **options)
    second, _ = read_rendition(out, "one", "a")
    assert cold >= 4
    assert len(bench.encoded) == 1
    assert tuple(read_counters(second)) == clip.counters
    plain = bench.render(asset, None, **options)
    third, _ = read_rendition(plain, "one", "a")
    assert [box.text for box in record.text_boxes] == ["One", "Two"]
    _only_differs_inside(first, third, record)


def _only_differs_inside(burned: Path, plain: Path, record: Any) -> None:
    """Check that text shows exactly at its times, and that it changes nothing outside its box."""
    import numpy as np

    with av.open(str(burned)) as one, av.open(str(plain)) as two:
        for number, (a, b) in enumerate(zip(one.decode(video=0), two.decode(video=0), strict=True)):
            changed = np.abs(a.to_ndarray(format="gray").astype(int) - b.to_ndarray(format="gray")) > 60
            shown = [box for box in record.text_boxes if box.start <= number / 25 < box.end]
            assert changed.any() == bool(shown), number
            for text in shown:
                box = text.box
                changed[box.y : box.bottom, box.x : box.right] = False
            assert not changed.any(), number


def test_the_same_bytes_from_a_half_filled_cache(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=8.0, gop=50)
    asset = bench.ingest(clip.path)
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": tiny_channel()}}
    first, _ = read_rendition(bench.render(asset, **options), "one", "a")
    for key in list(bench.kept)[::2]:
        del bench.kept[key]
    second, _ = read_rendition(bench.render(asset, **options), "one", "a")
    assert bench.encoded
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("rate", "fps"), [("30000/1001", 25), ("50", 25), ("24000/1001", 25), (25, "30000/1001")])
def test_rates_are_converted_without_drift(rate: str | int, fps: Any, bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=6.0, fps=rate, gop=40, codec="h264b")
    channel = tiny_channel(frame={"width": 160, "height": 90, "fps": fps})
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": channel})
    main, record = read_rendition(out, "one", "a")
    assert record.fps is not None
    step = 1 / record.fps
    for number, counter in enumerate(read_counters(main)):
        assert abs(float(counter / clip.fps - number * step)) <= float(max(step, 1 / clip.fps)) / 2 + 0.02
    picture, sound = lengths(main)
    assert abs(picture - clip.duration) <= float(step)
    assert abs(picture - sound) <= float(step)


def test_bad_requests_end_before_any_work(bench: Bench, tmp_path: Path) -> None:
    silent = make_clip(tmp_path / "sound.wav", duration=1.0, codec=None)
    asset: Artifact = bench.ingest(silent.path)
    with pytest.raises(InputError, match="has no picture"):
        bench.render(asset, channels=["one"], channel_definitions={"one": tiny_channel()})
    with pytest.raises(RecipeError, match="no channel is called") as raised:
        bench.render(asset, channels=["bilbili"])
    assert "bilibili" in str(raised.value.hint)
    with pytest.raises(UsageError, match="not a preset") as preset:
        bench.render(asset, channels=["bilibili"], preset="veryfst")
    assert "veryfast" in str(preset.value.hint)
    with pytest.raises(UsageError, match="cannot be rendered"):
        bench.render(asset, channels=["tv_uhd"])


def test_a_source_without_sound_gets_a_silent_track(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, audio=None)
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": tiny_channel()})
    main, record = read_rendition(out, "one", "a")
    picture, sound = lengths(main)
    assert abs(picture - sound) <= 1 / 25
    assert any("no sound" in note for note in record.notes)


def test_a_channel_that_takes_less_is_left_out_with_a_problem(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0)
    channels = {"one": tiny_channel(), "short": tiny_channel(limits={"duration": "2s"})}
    out = bench.render(bench.ingest(clip.path), channels=["one", "short"], channel_definitions=channels)
    assert (out / "one").is_dir()
    assert not (out / "short").exists()
    assert [(problem.exit_code, problem.subject) for problem in bench.problems] == [(5, "short")]
