"""An edit of several sources rendered: every frame in its place, transitions, cards, sound where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import Clip, make_clip, make_tone, read_counters, read_luma
from render_bench import Bench, file_ref, read_rendition, tiny_channel

from mediakit.errors import InputError
from mediakit.steps.edit import Edit, EditSettings
from mediakit.steps.inputs import Artifact, Inputs


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def make_edit(bench: Bench, sources: dict[str, Path], **edit: Any) -> Artifact:
    """Run the edit step without the engine."""
    step = Edit()
    settings = step.prepare(EditSettings.model_validate({"sources": sources, **edit}))
    refs = {f"sources.{name}": file_ref(path) for name, path in settings.sources.items()}
    refs |= {f"clean.{name}": file_ref(path) for name, path in settings.clean.items()}
    step.validate(settings, {name: ref.path for name, ref in refs.items()})
    inputs = Inputs(refs)
    bench.runs += 1
    results = {}
    jobs = step.jobs(settings, inputs)
    for number, job in enumerate(jobs):
        out = bench.folder / f"probe{bench.runs}-{number}"
        step.run_job(job, list(job.results), bench.context(out, []))
        results[job.id] = {name: out / name for name in job.results}
    out = bench.folder / f"edit{bench.runs}"
    step.combine(settings, inputs, jobs, results, bench.context(out, []))
    return bench.artifact("timeline", out, refs)


def render(bench: Bench, edit: Artifact, **channel: Any) -> Path:
    out = bench.render_edit(edit, channels=["one"], channel_definitions={"one": tiny_channel(**channel)})
    return read_rendition(out, "one", "edit")[0]


def pitches(path: Path, windows: list[tuple[float, float]]) -> list[set[int]]:
    """Return the frequencies (rounded to 10 Hz) that stand out in each window of the sound."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
    sound = np.concatenate(frames)
    found = []
    for start, end in windows:
        part = sound[round(start * 48000) : round(end * 48000)]
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) / len(part)
        loud = np.flatnonzero(power > max(power.max() * 0.1, 1e-4))
        found.append({round(int(bin_) * 48000 / len(part) / 10) * 10 for bin_ in loud})
    return found


@pytest.fixture
def two(tmp_path: Path) -> tuple[Clip, Clip]:
    one = make_clip(tmp_path / "one.mp4", duration=8.0, gop=20, codec="h264b", audio="mono")
    two = make_clip(tmp_path / "two.mov", duration=8.0, fps=50, gop=40, audio=None, background="solid")
    return one, two


def test_clips_of_two_rates_lie_frame_for_frame(bench: Bench, two: tuple[Clip, Clip]) -> None:
    one, other = two
    edit = make_edit(
        bench,
        {"one": one.path, "two": other.path},
        fps=25,
        picture=[
            {"clip": "one", "in": "30f", "length": "61f"},
            {"clip": "two", "in": "00:02", "length": "40f"},
            {"clip": "one", "in": "3f", "length": "13f"},
            {"gap": "#000000", "length": "10f"},
        ],
    )
    counters = read_counters(render(bench, edit))
    assert counters[:61] == list(range(30, 91))
    assert counters[61:101] == list(range(100, 180, 2))
    assert counters[101:114] == list(range(3, 16))
    assert counters[114:] == [0] * 10


def test_a_dissolve_passes_evenly_from_one_clip_to_the_other(bench: Bench, tmp_path: Path) -> None:
    dark = make_clip(tmp_path / "dark.mp4", duration=4.0, background="solid", color="0x202020", audio="mono")
    light = make_clip(tmp_path / "light.mp4", duration=4.0, background="solid", color="0xd0d0d0", audio=None)
    edit = make_edit(
        bench,
        {"dark": dark.path, "light": light.path},
        picture=[
            {"clip": "dark", "length": "50f", "fade_in": "10f"},
            {"clip": "light", "in": "25f", "length": "50f", "dissolve": "20f"},
        ],
    )
    main = render(bench, edit)
    means = [float(luma[40:].mean()) for luma in read_luma(main)]
    assert len(means) == 100
    assert means[0] == pytest.approx(0, abs=1)
    assert means[5] == pytest.approx(means[20] / 2, abs=3)
    steps = np.diff(means[39:61])
    assert means[39] == pytest.approx(means[20], abs=1)
    assert means[60] == pytest.approx(means[90], abs=1)
    assert steps.min() > 0.5 * (means[60] - means[39]) / 21
    assert steps.max() < 1.6 * (means[60] - means[39]) / 21


def test_moving_the_programme_keeps_its_pieces(bench: Bench, two: tuple[Clip, Clip]) -> None:
    one, other = two
    picture = [
        {"clip": "one", "in": "10f", "length": "120f"},
        {"clip": "two", "in": "20f", "length": "60f", "dissolve": "12f"},
    ]
    sources = {"one": one.path, "two": other.path}
    render(bench, make_edit(bench, sources, fps=25, picture=picture))
    cold = [name for name in bench.encoded if name.startswith("piece")]
    longer = [{"clip": "one", "in": "150f", "length": "30f"}, *picture]
    main = render(bench, make_edit(bench, sources, fps=25, picture=longer))
    new = [name for name in bench.encoded if name.startswith("piece")]
    assert len(cold) >= 3
    assert len(new) == 1
    assert read_counters(main)[:30] == list(range(150, 180))


def test_sound_lies_where_the_edit_puts_it(bench: Bench, two: tuple[Clip, Clip], tmp_path: Path) -> None:
    one, other = two
    voice = make_tone(tmp_path / "voice.wav", duration=4.0, hertz=(1500,))
    edit = make_edit(
        bench,
        {"one": one.path, "two": other.path, "voice": voice.path},
        fps=25,
        picture=[
            {"clip": "one", "length": "50f"},
            {"clip": "two", "in": 1, "length": "50f"},
            {"clip": "one", "in": 3, "length": "50f", "level": "mute"},
        ],
        sound=[{"narration": "voice", "in": 1, "length": 1, "at": "00:02.5"}],
    )
    main = render(bench, edit)
    heard = pitches(main, [(0.3, 1.7), (2.1, 2.4), (2.7, 3.3), (4.3, 5.7)])
    assert heard == [{330}, set(), {1500}, set()]
    with av.open(str(main)) as container:
        lengths = [float(stream.duration * stream.time_base) for stream in container.streams if stream.duration]
    assert max(lengths) - min(lengths) <= 1 / 25


def test_a_source_has_its_own_tracks_and_its_own_clean_up(bench: Bench, two: tuple[Clip, Clip], tmp_path: Path) -> None:
    rumbling = make_tone(tmp_path / "rumbling.wav", duration=4.0, hertz=(40, 1500)).path
    pair = make_clip(tmp_path / "pair.mov", duration=4.0, audio="stereo")
    left, right = (round(hertz / 10) * 10 for hertz in pair.frequencies[0])
    picture = [{"clip": "pair", "length": "75f"}, {"gap": "#000000", "length": "50f"}]
    sound = [{"natural": "voice", "length": 2, "at": 3}]
    sources = {"pair": pair.path, "voice": rumbling}
    plain = make_edit(bench, sources, fps=25, picture=picture, sound=sound)
    windows = [(0.5, 2.5), (3.3, 4.7)]
    assert pitches(render(bench, plain), windows) == [{left, right}, {40, 1500}]
    made = make_edit(
        bench,
        sources,
        fps=25,
        picture=picture,
        sound=sound,
        tracks={"pair": "1.2"},
        cleanup={"voice": {"highpass": 120}},
    )
    assert pitches(render(bench, made), windows) == [{right}, {1500}]
    assert [name.partition(" ")[0] for name in bench.encoded] == ["sound"]
    with pytest.raises(InputError, match=r"pair.mov: has no sound track 3|has no sound track 3"):
        make_edit(bench, sources, fps=25, picture=picture, tracks={"pair": "3"})


def test_cards_and_timed_overlays_are_drawn(bench: Bench, two: tuple[Clip, Clip], tmp_path: Path) -> None:
    brand = tmp_path / "brand.yaml"
    brand.write_text("schema: mediakit/brand/1\ntitle: Night\ncolours: {background: '#204060'}\n", encoding="utf-8")
    edit = make_edit(
        bench,
        {"one": two[0].path},
        picture=[{"card": "opening", "length": "50f"}, {"clip": "one", "length": "75f"}],
        overlays=[{"name_strap": "Clara", "title": "Platelayer", "at": "60f", "length": "50f"}],
    )
    frame = {"width": 640, "height": 360, "fps": 25}
    out = bench.render_edit(
        edit,
        {"brand": file_ref(brand)},
        brand=brand,
        channels=["one"],
        channel_definitions={"one": tiny_channel(frame=frame)},
        language="en",
    )
    main, record = read_rendition(out, "one", "edit")
    texts = {box.text: (box.start, box.end) for box in record.text_boxes}
    assert any("Night" in text for text in texts)
    assert texts["Clara Platelayer"] == pytest.approx((2.4, 4.4))
    planes = read_luma(main)
    assert float(planes[25].std()) > 5
    strap = next(box.box for box in record.text_boxes if "Clara" in box.text)
    inside = [plane[strap.y : strap.bottom, strap.x : strap.right] for plane in planes]
    assert abs(inside[80].astype(int) - inside[115].astype(int)).mean() > 10


def test_an_edit_that_is_nothing_but_silent_says_so(bench: Bench, two: tuple[Clip, Clip]) -> None:
    edit = make_edit(bench, {"two": two[1].path}, fps=25, picture=[{"clip": "two", "length": 2}])
    sound_only = {"frame": None, "video": None, "container": "m4a"}
    with pytest.raises(InputError, match="has no sound"):
        render(bench, edit, **sound_only)
    out = bench.render_edit(edit, channels=["one"], channel_definitions={"one": tiny_channel()})
    assert any("no sound" in note for note in read_rendition(out, "one", "edit")[1].notes)


def test_the_textless_twin_is_shown_where_there_is_one(bench: Bench, tmp_path: Path) -> None:
    texted = make_clip(tmp_path / "texted.mp4", duration=2.0, background="solid", color="0xffffff")
    clean = make_clip(tmp_path / "clean.mp4", duration=2.0, background="solid", color="0x000000")
    edit = make_edit(bench, {"a": texted.path}, clean={"a": clean.path}, picture=[{"clip": "a"}])
    assert float(read_luma(render(bench, edit))[10][40:].mean()) < 30
    short = make_clip(tmp_path / "short.mp4", duration=1.0)
    with pytest.raises(InputError, match="textless twin of a does not have its frames"):
        make_edit(bench, {"a": texted.path}, clean={"a": short.path}, picture=[{"clip": "a"}])


def test_two_channels_of_one_size_share_a_plain_stretch(bench: Bench, two: tuple[Clip, Clip]) -> None:
    picture = [{"gap": "#406080", "length": "20f", "fade_in": "8f"}, {"clip": "one", "length": "30f"}]
    edit = make_edit(bench, {"one": two[0].path}, fps=25, picture=picture)
    frame = {"width": 180, "height": 320, "fps": 25}
    definitions = {fit: tiny_channel(frame=frame, fit=fit) for fit in ("pad", "blur", "crop")}
    out = bench.render_edit(edit, channels=list(definitions), channel_definitions=definitions)
    corners = {
        fit: [float(p[:20, :20].mean()) for p in read_luma(read_rendition(out, fit, "edit")[0])] for fit in definitions
    }
    assert [len(levels) for levels in corners.values()] == [50, 50, 50]
    for levels in corners.values():
        assert levels[15] == pytest.approx(corners["pad"][15], abs=1.5)
        assert levels[15] > 50 > levels[0]
    assert corners["pad"][30] < 20 < corners["blur"][30]


@pytest.mark.parametrize("fps", [25, "30000/1001"])
def test_a_clip_dissolves_into_a_colour_at_any_rate(bench: Bench, fps: Any, tmp_path: Path) -> None:
    one = make_clip(tmp_path / "one.mp4", duration=3.0, fps=fps, background="solid", color="0xd0d0d0", audio=None)
    picture = [
        {"clip": "one", "in": "0f", "length": "30f"},
        {"gap": "#000000", "length": "30f", "dissolve": "16f"},
    ]
    edit = make_edit(bench, {"one": one.path}, fps=fps, picture=picture)
    main = render(bench, edit, frame={"width": 160, "height": 90, "fps": fps})
    levels = [float(luma[60:, :].mean()) for luma in read_luma(main)]
    assert len(levels) == 60
    assert levels[:38] == sorted(levels[:38], reverse=True)
    assert levels[21] > 180
    assert 60 < levels[30] < 150
    assert max(levels[38:]) < 4
