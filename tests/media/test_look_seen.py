"""What is seen in clips whose truth is known: faces on paths, who speaks, burned subtitles, geometry of all kinds."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from face_factory import Actor, make_faces, remake
from media_factory import make_clip, run

from mediakit.media.picture import Person, PictureRecord
from mediakit.tools.probe import probe_with_index
from mediakit.tools.vision_models import find_vision_model
from mediakit.vision.decoding import StretchReader
from mediakit.vision.looking import Finders, look_at
from mediakit.vision.record import make_record
from mediakit.vision.stretches import split_stretches
from mediakit.vision.view import View


def look(path: Path) -> PictureRecord:
    info, index = probe_with_index(path, "0" * 64)
    assert info.picture is not None
    assert index is not None
    models = (find_vision_model("faces"), find_vision_model("text"))
    finders = Finders.load(*(model.path if model else None for model in models))
    parts = []
    for stretch in split_stretches(index):
        reader = StretchReader(path, info.picture.index, start=stretch.start, stop=stretch.stop, seek=stretch.seek)
        view = View.of(info.picture)
        seen = look_at(reader, view, finders, start=stretch.start, time_base=index.time_base)
        assert len(seen.ticks) == stretch.frames
        parts.append((stretch.start - int(index.frame_pts[0]), seen))
    return make_record(info, info.picture, index.time_base, parts)


def errors(person: Person, actor: Actor, aspect: float = 16 / 9) -> list[float]:
    """Return how far each sighting's centre is from the truth, in heights of the face."""
    found = []
    for sighting in person.sightings:
        x, y = actor.centre(sighting.time)
        a, b = sighting.area.centre
        found.append((((a - x) * aspect) ** 2 + (b - y) ** 2) ** 0.5 / actor.size)
    return found


def test_a_face_on_a_path_is_followed_from_end_to_end(tmp_path: Path) -> None:
    actor = Actor((0.5, 0.45), (0.3, 0.1), size=0.25)
    make_faces(tmp_path / "one.mp4", [actor], seconds=6)
    (shot,) = look(tmp_path / "one.mp4").shots
    (person,) = shot.persons
    times = [sighting.time for sighting in person.sightings]
    assert np.diff(times).max() <= 0.33
    assert times[0] <= 0.21
    assert times[-1] >= 5.5
    off = errors(person, actor)
    assert mean(off) < 0.08
    assert max(off) < 0.25


def test_small_and_large_faces_are_found(tmp_path: Path) -> None:
    actors = [Actor((0.2, 0.4), size=0.15), Actor((0.65, 0.55), size=0.55)]
    make_faces(tmp_path / "two.mp4", actors, seconds=2)
    large, small = look(tmp_path / "two.mp4").shots[0].persons
    assert mean(errors(large, actors[1])) < 0.1
    assert mean(errors(small, actors[0])) < 0.15


def test_who_speaks_is_told_by_the_lips_though_the_silent_one_moves(tmp_path: Path) -> None:
    left = Actor((0.25, 0.45), (0.02, 0.03), size=0.35, period=1.7, talks=(0.0, 4.0))
    right = Actor((0.75, 0.45), (0.02, 0.03), size=0.35, period=1.3, talks=(4.0, 8.0))
    make_faces(tmp_path / "talk.mp4", [left, right], seconds=8)
    (shot,) = look(tmp_path / "talk.mp4").shots
    persons = sorted(shot.persons, key=lambda person: person.sightings[0].area.x)
    assert len(persons) == 2
    for first, last, talking in ((0.3, 3.8, 0), (4.3, 7.8, 1)):
        lips = [mean(s.lips for s in person.sightings if first <= s.time <= last) for person in persons]
        assert lips[talking] > 0.08
        assert lips[talking] > 2.5 * lips[1 - talking]


def test_two_shots_have_their_own_persons(tmp_path: Path) -> None:
    for name, actor in (("a", Actor((0.3, 0.45))), ("b", Actor((0.7, 0.45), size=0.2))):
        make_faces(tmp_path / f"{name}.mp4", [actor], seconds=2)
    joined = "[0:v][1:v]concat=n=2:v=1"
    run(["-i", tmp_path / "a.mp4", "-i", tmp_path / "b.mp4", "-filter_complex", joined, tmp_path / "cut.mp4"])
    # The background is the same on both sides: what changes is the person alone.
    one, two = look(tmp_path / "cut.mp4").shots
    assert one.end == two.start == 2.0
    assert [round(shot.persons[0].sightings[0].area.centre[0], 1) for shot in (one, two)] == [0.3, 0.7]
    assert [len(shot.persons) for shot in (one, two)] == [1, 1]


@pytest.mark.parametrize(
    ("kind", "filters", "options"),
    [
        ("anamorphic", "scale=352:288,setsar=16/11", ()),
        ("ten bits", "format=yuv420p10le", ("-c:v", "libx265", "-x265-params", "log-level=error")),
        ("fields", "tinterlace=mode=interleave_top,setfield=tff", ("-flags", "+ilme+ildct", "-x264-params", "tff=1")),
        ("open groups", "null", ("-x264-params", "keyint=25:open-gop=1:bframes=3:scenecut=0")),
        ("rgb", "format=rgb24", ("-c:v", "png")),
        ("uneven times", "select='not(eq(mod(n,4),3))*not(eq(mod(n,10),5))'", ("-fps_mode", "vfr")),
    ],
)
def test_places_are_shares_of_the_shown_picture(
    tmp_path: Path, kind: str, filters: str, options: tuple[str, ...]
) -> None:
    actor = Actor((0.62, 0.42), (0.06, 0.03), size=0.33)
    make_faces(tmp_path / "base.mp4", [actor], seconds=2, fps=50 if kind == "fields" else 25)
    made = tmp_path / ("made.mov" if kind == "rgb" else "made.mp4")
    remake(tmp_path / "base.mp4", made, filters, *options)
    record = look(made)
    assert abs(record.width / record.height - 16 / 9) < 0.01
    (person,) = record.shots[0].persons
    assert mean(errors(person, actor)) < 0.12
    assert len(person.sightings) >= 8


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_picture_is_seen_upright(tmp_path: Path, rotation: int) -> None:
    actor = Actor((0.4, 0.35), size=0.2)
    make_faces(tmp_path / "base.mp4", [actor], seconds=1.2, size=(360, 640))
    turns = {90: "transpose=2", 180: "hflip,vflip", 270: "transpose=1"}
    remake(tmp_path / "base.mp4", tmp_path / "coded.mp4", turns[rotation])
    turn = ["-display_rotation", str(-rotation), "-i", tmp_path / "coded.mp4", "-c", "copy", tmp_path / "turned.mp4"]
    run(turn)
    record = look(tmp_path / "turned.mp4")
    assert (record.width, record.height) == (360, 640)
    (person,) = record.shots[0].persons
    assert mean(errors(person, actor, aspect=9 / 16)) < 0.12


def test_burned_subtitles_and_a_bug_are_told_from_each_other(tmp_path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    from mediakit.tools.fonts import find_font

    font = find_font("zh")
    make_clip(tmp_path / "plain.mp4", duration=10, size=(640, 360), background="solid", audio=None)
    texts = ("凌晨两点，云岭的雨", "她都走在这条铁路上", "还没有停", "我是巡道工长沈秋岚")
    words: list[str | Path] = ["-i", tmp_path / "plain.mp4"]
    graph, last = "", "0:v"
    for number, text in enumerate((*texts, "守夜人")):
        picture = Image.new("RGBA", (640, 360))
        pen = ImageDraw.Draw(picture)
        bug = number == len(texts)
        size, place = (20, (560, 80)) if bug else (26, (320, 320))
        face = ImageFont.truetype(str(font.path), size)
        pen.text(place, text, font=face, anchor="mm", fill="white", stroke_width=2, stroke_fill="black")
        picture.save(tmp_path / f"{number}.png")
        words += ["-i", tmp_path / f"{number}.png"]
        when = "" if bug else f"=enable='between(t,{number * 2.5},{number * 2.5 + 2.3})'"
        graph += f"[{last}][{number + 1}:v]overlay{when}[v{number}];"
        last = f"v{number}"
    run([*words, "-filter_complex", graph.rstrip(";"), "-map", f"[{last}]", tmp_path / "texted.mp4"])
    (shot,) = look(tmp_path / "texted.mp4").shots
    captions = [one for one in shot.writing if one.kind == "caption"]
    labels = [one for one in shot.writing if one.kind == "label"]
    assert len(captions) >= 3
    assert all(one.area.y < 320 / 360 < one.area.bottom for one in captions)
    assert all(abs(one.area.centre[0] - 0.5) < 0.05 for one in captions)
    assert labels
    assert all(one.area.bottom < 0.32 for one in labels)
    assert {one.kind for one in shot.writing} == {"caption", "label"}


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "h264open"), ("b.ts", "h264b"), ("c.mkv", "hevcopen"), ("d.mpg", "mpeg2")]
)
def test_stretches_hold_every_frame_once(tmp_path: Path, name: str, codec: str) -> None:
    clip = make_clip(tmp_path / name, duration=24, codec=codec, gop=20, audio=None)
    info, index = probe_with_index(clip.path, "0" * 64)
    assert info.picture is not None
    assert index is not None
    stretches = split_stretches(index)
    assert len(stretches) > 1
    view, finders = View.of(info.picture), Finders(None, None)

    def thumbs(start: int, stop: int | None, seek: int | None) -> tuple[list[int], list[bytes]]:
        assert info.picture is not None
        reader = StretchReader(clip.path, info.picture.index, start=start, stop=stop, seek=seek)
        seen = look_at(reader, view, finders, start=0, time_base=index.time_base)
        return seen.ticks.tolist(), [thumb.tobytes() for thumb in seen.thumbs]

    whole = thumbs(stretches[0].start, None, None)
    parts = [thumbs(stretch.start, stretch.stop, stretch.seek) for stretch in stretches]
    assert [tick for ticks, _ in parts for tick in ticks] == whole[0] == index.frame_pts.tolist()
    assert [picture for _, pictures in parts for picture in pictures] == whole[1]
