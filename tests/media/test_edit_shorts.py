"""Shorts of an edit: every frame, transition and level as in the whole edit, cut without a click."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import Clip, make_clip, make_tone, read_counters, read_luma
from render_bench import Bench, file_ref, read_rendition, tiny_channel
from test_edit_render import make_edit, render
from test_sound_mix import RATE, play, tone, write_wav

from mediakit.media.slices import slice_timeline
from mediakit.media.timeline import Clip as PictureClip
from mediakit.media.timeline import Dissolve, SoundClip, Source, Timeline
from mediakit.media.timeline import Gap as Plain
from mediakit.render.mix_plan import mix_timeline
from mediakit.render.sound_source import SoundSource
from mediakit.steps.inputs import Artifact

FPS = Fraction(25)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


@pytest.fixture
def two(tmp_path: Path) -> tuple[Clip, Clip]:
    one = make_clip(tmp_path / "one.mp4", duration=8.0, gop=20, codec="h264b", audio="mono")
    two = make_clip(tmp_path / "two.mov", duration=8.0, fps=50, gop=40, background="solid")
    return one, two


def render_shorts(bench: Bench, edit: Artifact, spans: dict[str, list[tuple[int, int]]], **channel: Any) -> Path:
    """Render shorts whose spans are frames of the edit; return the output folder."""
    path = bench.folder / "shorts.yaml"
    lines = ["schema: mediakit/shorts/1", "shorts:"]
    for name, frames in spans.items():
        written = ", ".join(f"{{start: {first / 25}, end: {end / 25}}}" for first, end in frames)
        lines.append(f"  - {{id: {name}, spans: [{written}]}}")
    path.write_text("\n".join(lines), encoding="utf-8")
    settings = {"of": "shorts", "channels": ["one"], "channel_definitions": {"one": tiny_channel(**channel)}}
    return bench._render({"asset": edit, "shorts": file_ref(path)}, "edit", settings)


def test_counters_of_a_short_are_those_of_the_edit(bench: Bench, two: tuple[Clip, Clip]) -> None:
    edit = make_edit(
        bench,
        {"one": two[0].path, "two": two[1].path},
        fps=25,
        picture=[
            {"clip": "one", "in": "30f", "length": "61f"},
            {"clip": "two", "in": "00:02", "length": "40f"},
            {"clip": "one", "in": "3f", "length": "30f"},
        ],
    )
    whole = read_counters(render(bench, edit))
    spans = {"a": [(95, 131), (10, 40), (40, 63)], "b": [(0, 131)]}
    out = render_shorts(bench, edit, spans)
    for name, frames in spans.items():
        main, record = read_rendition(out, "one", f"edit-{name}")
        wanted = [frame for first, end in frames for frame in range(first, end)]
        assert read_counters(main) == [whole[frame] for frame in wanted]
        assert (record.short, record.frames) == (name, len(wanted))
    assert not any(name.startswith("piece") and "b" in name.partition(":")[0] for name in bench.encoded)


def test_the_whole_as_a_short_encodes_nothing_anew(bench: Bench, two: tuple[Clip, Clip]) -> None:
    picture = [{"clip": "one", "length": "90f"}, {"clip": "two", "in": 1, "length": "60f", "dissolve": "12f"}]
    edit = make_edit(bench, {"one": two[0].path, "two": two[1].path}, fps=25, picture=picture)
    render(bench, edit)
    render_shorts(bench, edit, {"all": [(0, 150)]})
    assert bench.encoded == []


def test_a_dissolve_cut_in_its_middle_is_right_on_every_frame(bench: Bench, tmp_path: Path) -> None:
    dark = make_clip(tmp_path / "dark.mp4", duration=4.0, background="solid", color="0x202020", audio=None)
    light = make_clip(tmp_path / "light.mp4", duration=4.0, background="solid", color="0xd0d0d0", audio=None)
    edit = make_edit(
        bench,
        {"dark": dark.path, "light": light.path},
        picture=[
            {"clip": "dark", "length": "50f", "fade_in": "20f"},
            {"clip": "light", "in": "25f", "length": "50f", "dissolve": "20f", "fade_out": "16f"},
        ],
    )
    whole = [float(luma[40:].mean()) for luma in read_luma(render(bench, edit))]
    assert whole[40] + 50 < whole[50] < whole[60] - 50
    spans = {
        "before": [(30, 45)],
        "after": [(54, 80)],
        "inside": [(43, 57)],
        "mixed": [(52, 70), (7, 30), (45, 46 + 2), (90, 100)],
    }
    out = render_shorts(bench, edit, spans)
    for name, frames in spans.items():
        made = [float(luma[40:].mean()) for luma in read_luma(read_rendition(out, "one", f"edit-{name}")[0])]
        wanted = [whole[frame] for first, end in frames for frame in range(first, end)]
        assert made == pytest.approx(wanted, abs=1.5), name


def test_words_and_straps_follow_into_a_short(bench: Bench, two: tuple[Clip, Clip], tmp_path: Path) -> None:
    from mediakit.media.transcript import Recogniser, Segment, Transcript

    said = Transcript(
        language="en",
        duration=8.0,
        recogniser=Recogniser(engine="import"),
        segments=(
            Segment(start=1.0, end=2.0, text="First words."),
            Segment(start=4.0, end=5.5, text="Later words."),
        ),
    )
    said.write(tmp_path / "said.json")
    edit = make_edit(
        bench,
        {"one": two[0].path},
        picture=[{"clip": "one", "length": "200f", "speech": True}],
        overlays=[{"name_strap": "Clara", "at": "100f", "length": "60f"}],
    )
    frame = {"width": 640, "height": 360, "fps": 25}
    path = bench.folder / "shorts.yaml"
    path.write_text("shorts: [{id: s, spans: [{start: 3.6, end: 6.4}, {start: 0.6, end: 2.4}]}]", encoding="utf-8")
    settings = {
        "of": "shorts",
        "channels": ["one"],
        "language": "en",
        "transcript": tmp_path / "said.json",
        "channel_definitions": {
            "one": tiny_channel(frame=frame, subtitles={"profile": "netflix_en", "mode": "both", "formats": ["srt"]})
        },
    }
    refs = {"asset": edit, "shorts": file_ref(path), "transcript": file_ref(tmp_path / "said.json")}
    out = bench._render(refs, "edit", settings)
    _, record = read_rendition(out, "one", "edit-s")
    shown = {box.text: (box.start, box.end) for box in record.text_boxes}
    assert shown["Clara"] == pytest.approx((0.4, 2.8), abs=0.05)
    assert shown["Later words."][0] == pytest.approx(0.4, abs=0.1)
    assert shown["First words."][0] == 2.8  # said 0.4 s after the join of the spans: the cue begins with the new shot
    text = (out / "one/edit-s/edit-s.en.srt").read_text(encoding="utf-8")
    assert text.index("Later") < text.index("First")


def sounding(tmp_path: Path) -> tuple[Timeline, dict[str, SoundSource | None]]:
    """Return an edit of 8 s: two clips with a dissolve, narration, music that fades in and goes down under it."""
    paths = {
        "low": make_tone(tmp_path / "low.wav", duration=12.0, hertz=(330,)).path,
        "high": make_tone(tmp_path / "high.wav", duration=12.0, hertz=(770,)).path,
        "voice": make_tone(tmp_path / "voice.wav", duration=12.0, hertz=(1500,)).path,
        "bed": write_wav(tmp_path / "bed.wav", tone(110, 12, 0.4)),
    }
    from mediakit.media.digests import digest_file
    from mediakit.tools.probe import probe_media

    sources = {name: SoundSource.of(path, probe_media(path, digest_file(path))) for name, path in paths.items()}
    timeline = Timeline(
        fps=FPS,
        sources=tuple(Source(name=name, digest=name) for name in paths),
        picture=(
            PictureClip(source="low", start=Fraction(1), frames=75, level_db=-12.0),
            PictureClip(
                source="high", start=Fraction(2), frames=75, level_db=-12.0, dissolve=Dissolve(before=10, after=15)
            ),
            Plain(frames=50),
        ),
        sound=(
            SoundClip(source="voice", start=Fraction(1), at=110, frames=50, role="narration", level_db=-10.0),
            SoundClip(
                source="bed", at=0, frames=200, role="music", duck_db=12.0, fade_in_s=2.0, fade_out_s=3.0, level_db=-3.0
            ),
        ),
    )
    return timeline, sources


@pytest.mark.parametrize("span", [(20, 180), (70, 90), (60, 70), (80, 110), (150, 200), (5, 60)])
def test_the_sound_of_a_slice_is_that_of_the_whole(tmp_path: Path, span: tuple[int, int]) -> None:
    timeline, sources = sounding(tmp_path)
    whole = play(tmp_path, mix_timeline(timeline, sources)[0])
    first, end = span
    made = play(tmp_path, mix_timeline(slice_timeline(timeline, [span]), sources)[0])
    wanted = whole[first * RATE // 25 : end * RATE // 25]
    assert made.shape == wanted.shape
    edge = RATE // 100
    inside = slice(edge, len(made) - edge)
    if span not in ((80, 110), (150, 200)):  # there the speech that the music goes down for is outside
        assert np.abs(made[inside] - wanted[inside]).max() < 2e-3
    assert np.abs(made[:3]).max() < 0.01
    assert np.abs(made[-3:]).max() < 0.01


def test_joins_of_ducked_music_do_not_click(tmp_path: Path) -> None:
    timeline, sources = sounding(tmp_path)
    bed = timeline.sound[1]
    only = timeline.model_copy(update={"sound": (timeline.sound[0].model_copy(update={"level_db": -60.0}), bed)})
    silent = {**sources, "low": None, "high": None}
    spans = [(100, 131), (33, 70), (120, 155), (141, 188)]
    made = play(tmp_path, mix_timeline(slice_timeline(only, spans), silent)[0])[:, 0]
    amplitude = 0.4 * 10 ** (-3 / 20)
    limit = amplitude * (2 * np.pi * 110 / RATE) ** 2 + amplitude / (0.005 * RATE)
    bare = np.concatenate([made[: 30 * RATE // 25], made[33 * RATE // 25 + 7 :]])
    assert np.abs(np.diff(made, 2)).max() < limit
    assert np.abs(np.diff(bare, 2)).max() > 3 * limit
