"""A timeline's sound: where clips sound, what crosses under a dissolve, what is silent."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from mediakit.media.timeline import Card, Clip, Dissolve, SoundClip, Source, Timeline
from mediakit.render.mix import Cleanup
from mediakit.render.mix_plan import mix_timeline
from mediakit.render.sound_source import SoundSource

ONE, TWO = (SoundSource(Path(f"{name}.mov"), (0,), 2, "stereo", digest=name) for name in ("one", "two"))
SOURCES = {"one": ONE, "two": TWO, "mute": None}


def timeline(*items: Clip | Card, sound: tuple[SoundClip, ...] = ()) -> Timeline:
    names = tuple(Source(name=name, digest=name) for name in SOURCES)
    return Timeline(fps=Fraction(25), sources=names, picture=items, sound=sound)


def test_clips_lie_where_their_pictures_lie() -> None:
    mix, notes = mix_timeline(
        timeline(
            Card(card="opening", frames=50),
            Clip(source="one", start=Fraction(3), frames=75, level_db=-3.0, speech=True),
            Clip(source="two", start=Fraction(1), frames=25, fade_out=10),
        ),
        SOURCES,
    )
    first, second = mix.events
    assert (first.start, first.at, first.length) == (3, 2, 3)
    assert (first.gain_db, first.speech, first.fade_in_s, first.fade_out_s) == (-3.0, True, 0, 0)
    assert (second.at, second.fade_out_s, second.curve_out) == (5, 0.4, "linear")
    assert mix.duration == 6
    assert notes == ()


def test_both_sounds_cross_over_the_whole_dissolve() -> None:
    mix, _ = mix_timeline(
        timeline(
            Clip(source="one", start=Fraction(0), frames=50),
            Clip(source="two", start=Fraction(4), frames=50, dissolve=Dissolve(before=5, after=10)),
            Card(card="closing", frames=25, dissolve=Dissolve(before=10, after=0)),
        ),
        SOURCES,
    )
    one, two = mix.events
    assert one.end == Fraction(60, 25)
    assert (two.at, two.start) == (Fraction(45, 25), Fraction(4) - Fraction(5, 25))
    assert one.fade_out_s == two.fade_in_s == 0.6
    assert (one.curve_out, two.curve_in) == ("power", "power")
    assert two.end == 4
    assert (two.fade_out_s, two.curve_out) == (0.4, "linear")  # into a card there is nothing to cross with


def test_what_has_no_sound_is_silent_and_said_once() -> None:
    mix, notes = mix_timeline(
        timeline(
            Clip(source="mute", start=Fraction(0), frames=50),
            Clip(source="one", start=Fraction(0), frames=50, level_db=None),
            Clip(source="mute", start=Fraction(1), frames=50),
        ),
        SOURCES,
    )
    assert mix.events == ()
    assert mix.is_silent
    assert notes == ("mute has no sound: there is silence at its place",)


def test_sound_of_its_own_keeps_role_fades_and_clean_up() -> None:
    music = SoundClip(source="two", at=10, frames=100, role="music", level_db=-9, fade_in_s=1, fade_out_s=2, duck_db=12)
    mix, _ = mix_timeline(
        timeline(Clip(source="one", start=Fraction(0), frames=125), sound=(music,)),
        SOURCES,
        cleanup=Cleanup(80, 12),
    )
    clip, laid = mix.events
    assert clip.cleanup == Cleanup(80, 12)
    assert laid.cleanup is None
    assert (laid.at, laid.length, laid.gain_db) == (Fraction(10, 25), 4, -9)
    assert (laid.fade_in_s, laid.fade_out_s, laid.duck_db, laid.is_ducked) == (1, 2, 12, True)
