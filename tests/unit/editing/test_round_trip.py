"""A timeline goes out to every format and comes back the same; what other programs drop leaves the rest readable."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.editing.exchange import Footage, SourceIndex, read_exchange, write_exchange
from mediakit.media.timeline import (
    Card,
    Clip,
    Dissolve,
    Gap,
    SoundClip,
    Source,
    TimedOverlay,
    Timeline,
)

FORMATS = ("otio", "edl", "xml")
FOLDER = Path("/footage")
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60000, 1001)]


def index_of(timeline: Timeline) -> SourceIndex:
    return SourceIndex(tuple(Footage(source, FOLDER / source.file) for source in timeline.sources))


def paths_of(timeline: Timeline) -> dict[str, Path]:
    return {source.name: FOLDER / source.file for source in timeline.sources}


def camera(name: str = "one", fps: Fraction = Fraction(25), **more: object) -> Source:
    shape = {"digest": name.encode().hex().ljust(64, "0"), "file": f"{name}.mov", "duration": 1000, "fps": fps}
    return Source.model_validate({"name": name, **shape, "timecode": "10:00:00:00", "reel": f"R{name}", **more})


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    fps = draw(st.sampled_from(RATES))
    drop = fps.denominator == 1001 and fps > 29 and draw(st.booleans())
    mark = ";" if drop else ":"
    sources = []
    for number in range(draw(st.integers(1, 3))):
        own = draw(st.sampled_from([None, fps, *RATES]))
        own_drop = own is not None and own.denominator == 1001 and own > 29 and draw(st.booleans())
        sources.append(
            Source(
                name=draw(st.sampled_from(["clip", "采访", "A very long name, with a comma"])) + str(number),
                digest=f"{number:064x}",
                file=f"{draw(st.sampled_from(['clip', 'A001_C003', '采访 一']))}{number}.mov",
                duration=Fraction(10_000),
                fps=own,
                timecode=draw(st.sampled_from([None, "23:59:50:00", f"01:02:03{';' if own_drop else ':'}04"])),
                reel=draw(st.sampled_from([None, "A001_C003_0815", f"R{number}"])),
                sound=draw(st.booleans()),
            )
        )
    names = [source.name for source in sources]
    starts = st.fractions(100, 1000, max_denominator=1001)
    levels = st.sampled_from([None, 0.0, -3.0, 2.25, -60.5])
    picture: list[Clip | Card | Gap] = []
    for number in range(draw(st.integers(0, 5))):
        frames = draw(st.integers(20, 90))
        shape: dict[str, object] = {"frames": frames}
        if number and draw(st.booleans()):
            # A quarter of the shorter side is more than any two transitions of one item can take.
            room = min(frames, picture[-1].frames) // 2
            after = draw(st.integers(0, room))
            before = draw(st.integers(0 if after else 1, room))
            previous = picture[-1].dissolve.after if picture[-1].dissolve else 0
            if before + previous <= picture[-1].frames:
                shape["dissolve"] = Dissolve(before=before, after=after)
        if draw(st.booleans()):
            shape["fade_in"] = draw(st.integers(0, frames // 2))
            shape["fade_out"] = draw(st.integers(0, frames // 2))
        kind = draw(st.sampled_from([Clip, Clip, Clip, Card, Gap]))
        if kind is Clip:
            more = {"source": draw(st.sampled_from(names)), "start": draw(starts), "level_db": draw(levels)}
            picture.append(Clip.model_validate({**shape, **more, "speech": draw(st.booleans())}))
        elif kind is Card:
            picture.append(
                Card.model_validate(
                    {**shape, "card": "chapter", "lines": draw(st.sampled_from([(), ("第一章", 'a "b"\n<c>')]))}
                )
            )
        else:
            picture.append(Gap.model_validate({**shape, "colour": draw(st.sampled_from(["#000000", "#12ab34"]))}))
    length = sum(item.frames for item in picture) or 500
    sound = tuple(
        SoundClip(
            source=draw(st.sampled_from(names)),
            start=draw(starts),
            at=draw(st.integers(0, length - 1)),
            frames=draw(st.integers(1, 400)),
            role=draw(st.sampled_from(["narration", "natural", "music"])),
            level_db=draw(st.sampled_from([0.0, -12.0, 3.5])),
            fade_in_s=draw(st.sampled_from([0.0, 0.5])),
            fade_out_s=draw(st.sampled_from([0.0, 0.25, 1.0])),
            duck_db=draw(st.sampled_from([0.0, 12.0])),
        )
        for _ in range(draw(st.integers(0 if picture else 1, 4)))
    )
    overlays = (
        (TimedOverlay(overlay="name_strap", text="王小明", title="记者", at=0, frames=10),)
        if draw(st.booleans())
        else ()
    )
    return Timeline(
        name=draw(st.sampled_from(["", "夜行十二公里", 'Title: "x" & <y>', "a" * 100])),
        fps=fps,
        timecode=draw(st.sampled_from([None, f"01:00:00{mark}00", f"23:59:58{mark}00", f"00:08:59{mark}20"])),
        sources=tuple(sources),
        picture=tuple(picture),
        sound=sound,
        overlays=overlays,
    )


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(timeline=timelines())
def test_any_timeline_comes_back_the_same(tmp_path, suffix, timeline):
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    back = read_exchange(target, index_of(timeline))
    assert back.timeline == timeline
    assert back.paths == paths_of(timeline)
    assert (back.unmatched, back.warnings, back.untouched) == ((), (), True)
    first = target.read_bytes()
    write_exchange(back.timeline, back.paths, target)
    assert target.read_bytes() == first


def strip_notes(target: Path) -> None:
    """Take our own comments out, as a program does that knows nothing of them."""
    text = target.read_text(encoding="utf-8")
    if target.suffix == ".edl":
        text = "\n".join(line for line in text.splitlines() if "* MEDIAKIT" not in line)
    else:
        text = text.replace("MEDIAKIT", "OTHER").replace('"mediakit"', '"other"')
    target.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(timeline=timelines())
def test_without_our_comments_the_same_pictures_stand_in_the_same_frames(tmp_path, suffix, timeline):
    if any(source.reel == "A001_C003_0815" for source in timeline.sources) and len(timeline.sources) > 1:
        timeline = timeline.model_copy(
            update={"sources": tuple(s.model_copy(update={"reel": f"REEL{n}"}) for n, s in enumerate(timeline.sources))}
        )
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    strip_notes(target)
    back = read_exchange(target, index_of(timeline), timeline.fps if suffix == "edl" else None)
    assert back.unmatched == ()
    assert not back.untouched
    assert back.timeline.fps == timeline.fps
    assert back.timeline.frames == timeline.frames or not timeline.picture
    before, after = frames_shown(timeline, 2), frames_shown(back.timeline, 0)
    for frame, (wanted, found) in enumerate(zip(before, after, strict=True)):
        if wanted is None:
            continue
        assert found is not None, frame
        assert wanted[0] == found[0], frame
        # Timecode has whole frames of the edit or the source: nearer than one of either, and half a frame of cut.
        assert abs(wanted[1] - found[1]) < Fraction(2, 23), frame


def frames_shown(timeline: Timeline, margin: int) -> list[tuple[str, Fraction] | None]:
    """Return for every frame which source is seen, and where in it; None in dissolves and ``margin`` frames beside."""
    shown: list[tuple[str, Fraction] | None] = []
    for item in timeline.picture:
        for frame in range(item.frames):
            is_clip = isinstance(item, Clip)
            shown.append((item.source, item.start + frame / timeline.fps) if is_clip else ("", Fraction(0)))
    at = 0
    for item in timeline.picture:
        spans = [(at - item.dissolve.before - margin, at + item.dissolve.after + margin)] if item.dissolve else []
        for first, end in spans:
            for frame in range(max(0, first), min(end, len(shown))):
                shown[frame] = None
        at += item.frames
    return shown


def simple(**more: object) -> Timeline:
    shape = {
        "name": "t",
        "fps": 25,
        "timecode": "01:00:00:00",
        "sources": (camera(), camera("two")),
        "picture": (
            Clip(source="one", start=Fraction(10), frames=100, level_db=-3.0, speech=True),
            Clip(source="two", start=Fraction(20), frames=50, dissolve=Dissolve(before=0, after=10)),
        ),
    }
    return Timeline.model_validate({**shape, **more})


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_event_moved_by_hand_holds_and_the_rest_of_what_we_noted_stays(tmp_path, suffix):
    card = Card(card="chapter", frames=30, lines=("第一章",))
    music = SoundClip(source="two", start=Fraction(1), at=0, frames=60, role="music", duck_db=9.0)
    timeline = simple(picture=(*simple().picture, card), sound=(music,))
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    text = target.read_text()
    if suffix == "edl":  # the first clip starts two seconds later in its source
        changed = text.replace("10:00:10:00 10:00:14:00", "10:00:12:00 10:00:16:00", 1)
    elif suffix == "xml":
        changed = text.replace("<in>250</in>", "<in>300</in>").replace("<out>360</out>", "<out>410</out>")
    else:
        changed = text.replace("900250.0", "900300.0")
    assert changed != text
    target.write_text(changed)
    back = read_exchange(target, index_of(timeline))
    assert not back.untouched
    first, second, third = back.timeline.picture
    assert first == timeline.picture[0].model_copy(update={"start": Fraction(12)})
    assert second == timeline.picture[1]
    assert third == card
    assert back.timeline.sound == (music,)


@pytest.mark.parametrize("suffix", FORMATS)
def test_files_are_found_by_digest_wherever_they_lie_now(tmp_path, suffix):
    timeline = simple()
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    moved = SourceIndex(tuple(Footage(source, Path("/elsewhere") / f"x{source.file}") for source in timeline.sources))
    back = read_exchange(target, moved)
    assert back.timeline == timeline
    assert back.paths == {"one": Path("/elsewhere/xone.mov"), "two": Path("/elsewhere/xtwo.mov")}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_clean_twin_that_is_not_there_is_said(tmp_path, suffix):
    timeline = simple(sources=(camera(clean="twin"), camera("two"), camera("twin")))
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    index = SourceIndex(tuple(one for one in index_of(timeline).footage if one.source.name != "twin"))
    back = read_exchange(target, index)
    assert back.timeline.source("one").clean is None
    assert "twin" in back.warnings[0]


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_written_replaces_the_old_file_whole_or_not_at_all(tmp_path, suffix):
    target = tmp_path / f"edit.{suffix}"
    target.write_text("old")
    broken = simple(sources=(camera(timecode="99:99:99:99"), camera("two")))
    with pytest.raises(Exception, match="timecode"):
        write_exchange(broken, paths_of(broken), target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
