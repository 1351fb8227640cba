"""Edits as people write them, and the frames that they come to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.editing.edit import Edit, edit_of_timeline, read_edit
from mediakit.editing.follow import first_words, follow_words
from mediakit.editing.resolve import SourceFacts, choose_rate, resolve_edit
from mediakit.errors import InputError, RecipeError
from mediakit.media.info import AudioStream, MediaInfo, VideoStream
from mediakit.media.timeline import Card, Clip, Dissolve, Gap, SoundClip, Timeline
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word

RATE = Fraction(25)


def info(seconds: float = 20.0, *, picture: bool = True, sound: bool = True, timecode: str | None = None) -> MediaInfo:
    video = VideoStream(
        index=0,
        codec="h264",
        width=640,
        height=360,
        display_width=640,
        display_height=360,
        pixel_format="yuv420p",
        fps=RATE,
        frames=round(seconds * 25),
        duration=seconds,
    )
    audio = AudioStream(index=1, codec="aac", sample_rate=48000, channels=2, layout="stereo", duration=seconds)
    return MediaInfo(
        container="mov",
        size=1,
        digest="ab" * 32,
        duration=seconds,
        timecode=timecode,
        video=(video,) if picture else (),
        audio=(audio,) if sound else (),
    )


TALK = Transcript(
    language="zh",
    duration=20.0,
    recogniser=Recogniser(engine="import"),
    segments=(
        Segment(
            start=4.0,
            end=6.0,
            text="夜里有雨。",
            speaker="沈秋岚",
            words=tuple(Word(text=char, start=4 + n / 2, end=4.5 + n / 2) for n, char in enumerate("夜里有雨")),
        ),
    ),
)
FACTS = {
    "a": SourceFacts(info(timecode="10:00:00:00"), Fraction(20), transcript=TALK),
    "b": SourceFacts(info(), Fraction(20)),
    "voice": SourceFacts(info(picture=False), Fraction(20)),
    "bed": SourceFacts(info(60.0, picture=False), Fraction(60)),
    "mute": SourceFacts(info(sound=False), Fraction(20)),
}


def edit(**changes: Any) -> Edit:
    return Edit.model_validate({"sources": {name: f"{name}.mov" for name in FACTS}, **changes})


def resolve(**changes: Any) -> Timeline:
    return resolve_edit(edit(**changes), FACTS, RATE)


def test_times_frames_timecode_and_words_name_the_same_kind_of_stretch() -> None:
    made = resolve(
        picture=[
            {"clip": "a", "in": "00:02", "out": 4.4},
            {"clip": "a", "in": "50f", "out": "110f"},
            {"clip": "a", "in": "10:00:02:00", "length": "60f"},
            {"clip": "b", "length": "1.5s"},
            {"clip": "a", "from": "夜里", "to": "雨"},
        ]
    )
    clips = [(clip.start, clip.frames) for clip in made.picture if isinstance(clip, Clip)]
    assert clips[0] == clips[1] == clips[2] == (Fraction(2), 60)
    assert clips[3] == (Fraction(0), 38)
    assert clips[4] == (Fraction(97, 25), 59)
    assert [clip.speech for clip in made.picture if isinstance(clip, Clip)] == [True, True, True, False, True]


def test_cards_gaps_dissolves_and_fades() -> None:
    made = resolve(
        picture=[
            {"card": "opening", "length": "3s", "fade_in": "12f"},
            {"clip": "a", "in": 5, "length": 4, "dissolve": "11f", "level": "-6dB"},
            {"clip": "b", "in": 5, "length": 4, "dissolve": "0f+12f", "level": "mute"},
            {"gap": "#102030", "length": 1, "fade_out": "1s"},
        ]
    )
    card, one, two, gap = made.picture
    assert isinstance(card, Card)
    assert isinstance(one, Clip)
    assert isinstance(two, Clip)
    assert isinstance(gap, Gap)
    assert (card.frames, card.fade_in) == (75, 12)
    assert (one.dissolve, one.level_db) == (Dissolve(before=5, after=6), -6.0)
    assert (two.dissolve, two.level_db) == (Dissolve(before=0, after=12), None)
    assert (gap.colour, gap.fade_out) == ("#102030", 25)
    assert made.frames == 75 + 100 + 100 + 25
    assert [at for at, _ in made.placed()] == [0, 75, 175, 275]


def test_sound_follows_its_own_kind_and_music_ends_with_the_picture() -> None:
    made = resolve(
        picture=[{"clip": "a", "length": 15}],
        sound=[
            {"narration": "voice", "in": 0, "out": 4, "at": "00:01"},
            {"narration": "voice", "in": 6, "out": 8, "pause": "1s"},
            {"music": "bed", "duck": "10dB", "fade_out": "2s"},
        ],
    )
    assert made.sound[:2] == (
        SoundClip(source="voice", start=Fraction(0), at=25, frames=100, role="narration"),
        SoundClip(source="voice", start=Fraction(6), at=150, frames=50, role="narration"),
    )
    assert (made.sound[2].at, made.sound[2].frames, made.sound[2].duck_db) == (0, 375, 10.0)
    assert made.sound[2].fade_out_s == 2.0


def test_a_name_strap_stands_at_the_first_words() -> None:
    strap = {"name_strap": "沈秋岚", "title": "巡道工长", "at": "first_words"}
    made = resolve(picture=[{"clip": "b", "length": 2}, {"clip": "a", "in": 3, "length": 5}], overlays=[strap])
    assert (made.overlays[0].at, made.overlays[0].frames) == (50 + 25, 100)
    with pytest.raises(InputError, match="not known when 沈秋岚 first speaks"):
        resolve(picture=[{"clip": "b", "length": 2}], overlays=[strap])


def test_words_follow_their_clips_in_any_order() -> None:
    made = resolve(picture=[{"clip": "a", "in": 5, "length": 1}, {"clip": "a", "in": 4, "length": 1, "level": "mute"}])
    heard = follow_words(made, {"a": TALK})
    assert heard is not None
    assert [(segment.text, segment.start) for segment in heard.segments] == [("有雨。", 0.0)]
    assert first_words(heard) == {"沈秋岚": 0.0}
    assert follow_words(made, {}) is None


def test_words_run_on_where_the_picture_alone_is_cut() -> None:
    whole, apart = ({"clip": "a", "in": start, "length": 1, "speech": True} for start in (4, 5))
    heard = follow_words(resolve(picture=[whole, apart, whole]), {"a": TALK})
    assert heard is not None
    assert [(segment.text, segment.cut) for segment in heard.segments] == [
        ("夜里", True),
        ("有雨。", False),
        ("夜里", True),
    ]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "beyond": ({"picture": [{"clip": "a", "in": 15, "length": "126f"}]}, "picture item 1 .*1 frames beyond its source"),
    "backwards": ({"picture": [{"clip": "a", "in": 5, "out": 5}]}, "ends before it starts"),
    "no handles": (
        {"picture": [{"clip": "a", "length": 4}, {"clip": "b", "length": 4, "dissolve": "20f"}]},
        "needs 10 frames of b beyond the cut, and the source has 0",
    ),
    "no tail": (
        {"picture": [{"clip": "a"}, {"clip": "b", "in": 4, "length": 4, "dissolve": "20f"}]},
        "needs 10 frames of a beyond the cut",
    ),
    "too long": (
        {"picture": [{"clip": "a", "length": "8f"}, {"clip": "b", "in": 4, "length": 4, "dissolve": "40f"}]},
        "item 1: its transitions take 20 frames, and it has only 8",
    ),
    "fades": ({"picture": [{"clip": "a", "length": 1, "fade_in": 1, "fade_out": "1f"}]}, "fades are longer"),
    "no picture": ({"picture": [{"clip": "voice"}]}, "voice has no picture"),
    "no sound": ({"picture": [{"clip": "a"}], "sound": [{"natural": "mute"}]}, "mute has no sound"),
    "late": (
        {"picture": [{"clip": "a", "length": 4}], "sound": [{"narration": "voice", "length": 3, "at": 2}]},
        "ends 1.00 s after the picture",
    ),
    "before the timecode": ({"picture": [{"clip": "a", "in": "09:59:00:00"}]}, "lies before the clip's start"),
    "no transcript": ({"picture": [{"clip": "b", "from": "夜里"}]}, "there is no transcript"),
    "not said": ({"picture": [{"clip": "a", "from": "白天"}]}, "'白天' is not said"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_with_its_item(name: str) -> None:
    changes, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        resolve(**changes)


def test_mistakes_in_the_file_have_their_line(tmp_path: Path) -> None:
    path = tmp_path / "edit.yaml"
    for text, line, message in (
        ("sources: {a: a.mov}\npicture:\n  - {clip: b}\n", 3, "no source is called 'b'"),
        ("sources: {a: a.mov}\npicture:\n  - {clip: a, lenght: 3}\n", 3, "unknown key 'lenght'"),
        ("sources: {a: a.mov}\npicture:\n  - {clip: a}\n  - {clip: a, out: 3, length: 3}\n", 4, "not both"),
        ("sources: {a: a.mov}\npicture:\n  - {card: opening}\n", 3, "needs a `length`"),
        ("sources: {a: a.mov}\nsound:\n  - {music: a, level: loud}\n", 3, "not a level"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeError, match=message) as raised:
            read_edit(path)
        assert raised.value.line == line


def test_files_are_relative_to_the_edit(tmp_path: Path) -> None:
    (tmp_path / "edit.yaml").write_text("sources: {a: footage/a.mov}\npicture: [{clip: a}]\n", encoding="utf-8")
    assert read_edit(tmp_path / "edit.yaml").sources == {"a": tmp_path / "footage/a.mov"}


def test_the_rate_is_the_first_clips() -> None:
    infos = {name: facts.info for name, facts in FACTS.items()}
    assert choose_rate(edit(picture=[{"clip": "a"}]), infos) == 25
    assert choose_rate(edit(fps="29.97", picture=[{"clip": "a"}]), infos) == Fraction(30000, 1001)


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    picture = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["clip", "card", "gap"]))
        length = draw(st.integers(20, 60))
        item: dict[str, Any] = {"length": f"{length}f"}
        item |= {
            "clip": {
                "clip": draw(st.sampled_from("ab")),
                "in": f"{draw(st.integers(20, 100))}f",
                "level": draw(st.sampled_from(["mute", "-6dB"])),
            }
        }.get(kind, {})
        item |= {"card": {"card": "text", "lines": ["x"]}, "gap": {"gap": "#000000"}}.get(kind, {})
        if number and draw(st.booleans()):
            item["dissolve"] = f"{draw(st.integers(0, 8))}f+{draw(st.integers(1, 8))}f"
        picture.append(item)
    return {"picture": picture}


@given(edits())
def test_a_timeline_comes_back_from_the_edit_that_it_is_written_as(changes: dict[str, Any]) -> None:
    made = resolve(**changes)
    paths = {name: Path(f"{name}.mov") for name in FACTS}
    assert resolve_edit(edit_of_timeline(made, paths), FACTS, RATE) == made
    assert Timeline.model_validate_json(made.to_json()) == made
