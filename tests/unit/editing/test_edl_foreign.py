"""CMX 3600 lists as other programs write them."""

from fractions import Fraction
from pathlib import Path

import pytest

from mediakit.editing.exchange import Footage, SourceIndex, read_exchange
from mediakit.errors import InputError, MediakitError, UsageError
from mediakit.media.timeline import Clip, Dissolve, Gap, Source

NTSC = Fraction(30000, 1001)


def footage(name: str, *, fps: Fraction | None = Fraction(25), file: str = "", **more: object) -> Footage:
    shape = {"name": name, "digest": name.encode().hex().ljust(64, "0"), "duration": 600, "file": file or f"{name}.mov"}
    source = Source.model_validate({**shape, "fps": fps, **more})
    return Footage(source, Path("/footage") / source.file)


def read(tmp_path: Path, text: str, *entries: Footage, fps: Fraction | None = None):
    path = tmp_path / "edit.edl"
    path.write_text(text, encoding="utf-8")
    return read_exchange(path, SourceIndex(entries), fps)


RESOLVE = """\
TITLE: Timeline 1
FCM: DROP FRAME

001  A001C003 V     C        00:59:58;00 01:00:01;00 01:00:00;00 01:00:03;00
* FROM CLIP NAME: A001_C003_0815_01.mov

002  A001C003 V     C        01:00:01;00 01:00:01;00 01:00:03;00 01:00:03;00
002  B002C001 V     D    015 01:00:59;20 01:01:02;02 01:00:03;00 01:00:05;10
* FROM CLIP NAME: A001_C003_0815_01.mov
* TO CLIP NAME: B002_C001_0815_02.mov
* COMMENT: anything

003  A001C003 A     C        00:59:58;00 01:00:01;00 01:00:00;00 01:00:03;00
* FROM CLIP NAME: A001_C003_0815_01.mov
004  A001C003 A2    C        00:59:58;00 01:00:01;00 01:00:00;00 01:00:03;00
* FROM CLIP NAME: A001_C003_0815_01.mov
"""


def test_resolve_with_a_dissolve_and_drop_frame(tmp_path):
    one = footage("A001_C003_0815_01", fps=NTSC, timecode="00:59:50;00", reel="A001_C003_0815")
    two = footage("B002_C001_0815_02", fps=NTSC, timecode="01:00:50;00", reel="B002_C001_0815")
    read_ = read(tmp_path, RESOLVE, one, two)
    timeline = read_.timeline
    assert read_.unmatched == ()
    assert (timeline.name, timeline.fps, timecode := timeline.timecode) == ("Timeline 1", NTSC, "01:00:00;00"), timecode
    first, second = timeline.picture
    # From 00:59:50;00 to 00:59:58;00 there are 8 × 30 frames: no minute is passed in which two are dropped.
    assert first == Clip(source=one.source.name, start=240 / NTSC, frames=90, level_db=0.0)
    # 01:00:59;20 lies 9 s and 20 frames behind 01:00:50;00; the event passes 01:01:00, where ;00 and ;01 do not exist.
    assert second.start == Fraction(9 * 30 + 20) / NTSC
    assert second.frames == 70
    assert second.dissolve == Dissolve(before=0, after=15)
    assert second.level_db is None
    assert timeline.sound == ()


def test_drop_frame_said_by_fcm_alone(tmp_path):
    text = "TITLE: x\nFCM: DROP FRAME\n001 TAPE1 V C 00:01:00:02 00:01:00:04 01:00:00:00 01:00:00:02\n"
    tape = footage("a", fps=NTSC, timecode="00:00:50;00", reel="tape1")
    item = read(tmp_path, text, tape).timeline.picture[0]
    # Ten seconds of thirty frames: the numbers 00 and 01 of the new minute do not exist.
    assert (item.start, item.frames) == (300 / NTSC, 2)


AVID = """\
TITLE:   EPISODE 3
FCM: NON-DROP FRAME

001  BL       V     C        00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00
001  TAPE1    V     D    025 10:00:10:00 10:00:14:00 01:00:00:00 01:00:04:00
* FROM CLIP NAME:  BLACK
* TO CLIP NAME:  INTERVIEW
002  TAPE1    AA/V  C        10:00:20:00 10:00:24:00 01:00:04:00 01:00:08:00
* FROM CLIP NAME:  INTERVIEW
003  TAPE1    V     C        10:00:24:00 10:00:24:00 01:00:08:00 01:00:08:00
003  BL       V     D    012 00:00:00:00 00:00:02:00 01:00:08:00 01:00:10:00
004  TAPE2    B     C        00:00:01:00 00:00:02:00 01:00:11:00 01:00:12:00
"""


def test_avid_fades_from_and_to_black_and_a_hole(tmp_path):
    one, two = footage("one", timecode="10:00:00:00", reel="Tape1"), footage("two", reel="TAPE2")
    read_ = read(tmp_path, AVID, one, two, fps=Fraction(25))
    assert read_.timeline.picture == (
        Clip(source="one", start=Fraction(10), frames=100, fade_in=25, level_db=None),
        Clip(source="one", start=Fraction(20), frames=112, fade_out=12, level_db=None),
        Gap(frames=38),
        Gap(frames=25),
        Clip(source="two", start=Fraction(1), frames=25),
    )
    # The sound ends with the event, and not with the fade: a clip of its own.
    assert [(clip.at, clip.frames) for clip in read_.timeline.sound] == [(100, 100)]


L_CUT = """\
TITLE: L
001  TAPE1  V  C  00:00:10:00 00:00:14:00 01:00:00:00 01:00:04:00
002  TAPE1  A  C  00:00:10:00 00:00:16:00 01:00:00:00 01:00:06:00
003  TAPE2  V  C  00:00:30:00 00:00:34:00 01:00:04:00 01:00:08:00
004  TAPE2  A  C  00:00:32:00 00:00:34:00 01:00:06:00 01:00:08:00
005  VO     A3 C  00:00:00:00 00:00:03:00 01:00:01:00 01:00:04:00
* FROM CLIP NAME: 旁白 01.wav
006  M1     NONE C 00:00:05:00 00:00:08:00 01:00:00:00 01:00:03:00
* FROM CLIP NAME: Music_01.wav
* AUDIO LEVEL AT 01:00:00:00 IS -6.50 DB  (REEL M1 A4)
AUD  4
"""


def test_l_cut_narration_and_music(tmp_path):
    files = [
        footage("one", reel="TAPE1"),
        footage("two", reel="TAPE2"),
        footage("旁白 01", file="旁白 01.wav", fps=None),
        footage("m", file="Music_01.wav", fps=None),
    ]
    timeline = read(tmp_path, L_CUT, *files, fps=Fraction(25)).timeline
    assert [item.level_db for item in timeline.picture] == [None, None]
    assert {(clip.source, clip.role, clip.at, clip.frames, clip.start, clip.level_db) for clip in timeline.sound} == {
        ("one", "natural", 0, 150, 10, 0.0),
        ("two", "natural", 150, 50, 32, 0.0),
        ("旁白 01", "narration", 25, 75, 0, 0.0),
        ("m", "music", 0, 75, 5, -6.5),
    }


def test_speed_wipes_keys_and_effects_are_left_out_and_said(tmp_path):
    text = """\
TITLE: x
001  TAPE1  V  C        00:00:10:00 00:00:12:00 01:00:00:00 01:00:04:00
M2   TAPE1       012.5                00:00:10:00
002  TAPE1  V  W001 010 00:00:20:00 00:00:22:00 01:00:04:00 01:00:06:00
003  TAPE1  V  K  O     00:00:20:00 00:00:22:00 01:00:04:00 01:00:06:00
* EFFECTS NAME IS GLOW
""".replace("K  O  ", "K     ")
    read_ = read(tmp_path, text, footage("one", reel="TAPE1"), fps=Fraction(25))
    assert read_.timeline.picture[0].frames == 100
    assert read_.timeline.picture[1].dissolve == Dissolve(before=0, after=10)
    said = " ".join(read_.warnings)
    assert all(word in said for word in ("12.5 frames a second", "wipe", "key", "GLOW", "no sound"))


def test_reels_cut_to_eight_letters_match_where_only_one_fits(tmp_path):
    text = "TITLE: x\n001  A001C003 V C 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00\n"
    cut = footage("x", reel="A001C003_250815_R1AB")
    assert read(tmp_path, text, cut, fps=Fraction(25)).unmatched == ()
    other = footage("y", reel="A001C003_250816_R1AB")
    (event,) = read(tmp_path, text, cut, other, fps=Fraction(25)).unmatched
    assert event.reel == "A001C003"
    assert event.line == 2


def test_what_is_ambiguous_is_named_and_stays_black(tmp_path):
    text = "TITLE: x\n001  AX V C 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00\n* FROM CLIP NAME: a.mov\n"
    one, two = footage("a"), footage("a2", file="a.mov")
    two = Footage(two.source, Path("/other/a.mov"))
    read_ = read(tmp_path, text, one, two, fps=Fraction(25))
    (event,) = read_.unmatched
    assert "/footage/a.mov" in event.why
    assert "/other/a.mov" in event.why
    assert read_.timeline.picture == (Gap(frames=50),)


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ("00:09:59:00 00:10:01:05", "ends beyond its source by 30 frames"),
        ("12:00:00:00 12:00:02:05", "lies elsewhere"),
    ],
)
def test_times_outside_the_source_are_said(tmp_path, times, why):
    text = f"TITLE: x\n001  AX V C {times} 01:00:00:00 01:00:02:05\n* FROM CLIP NAME: a.mov\n"
    (event,) = read(tmp_path, text, footage("a"), fps=Fraction(25)).unmatched
    assert why in event.why
    assert (event.source_in, event.source_out) == tuple(times.split())


def test_a_source_of_another_rate_is_found_in_its_own_time(tmp_path):
    text = "TITLE: x\n001  AX V C 10:00:10:12 10:00:12:12 01:00:00:00 01:00:02:00\n* FROM CLIP NAME: a.mov\n"
    (item,) = read(
        tmp_path, text, footage("a", fps=Fraction(50), timecode="10:00:00:10"), fps=Fraction(25)
    ).timeline.picture
    assert item.start == Fraction(10 * 50 + 24 - 10, 50)
    (item,) = read(
        tmp_path, text, footage("a", fps=Fraction(24000, 1001), timecode="10:00:00:00"), fps=Fraction(25)
    ).timeline.picture
    # Half a second of the label, less a frame of 25: 12/25 × 24 frames behind the tenth second.
    assert item.start == (10 * 24 + Fraction(12 * 24, 25)) / Fraction(24000, 1001)


def test_the_rate_comes_from_the_footage_or_must_be_given(tmp_path):
    text = "TITLE: x\n001  AX V C 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00\n* FROM CLIP NAME: a.mov\n"
    assert read(tmp_path, text, footage("a", fps=Fraction(24))).timeline.fps == 24
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text, footage("a"), footage("b", fps=Fraction(24)))
    assert "--fps" in (caught.value.hint or "")


HEAD = "TITLE: x\nFCM: NON-DROP FRAME\n001  AX V C 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HEAD + "002  AX V C 00:00:10:00 00:00:12:00 01:00:04:00 01:00:02:00\n", 4, "ends before it starts"),
        (HEAD + "002  AX V C 00:00:10:00 00:00:12:00 01:00:02:00\n", 4, "cannot read the event"),
        (HEAD + "002  AX V C 00:00:10:00 00:00:12:99 01:00:02:00 01:00:04:00\n", 4, "out of range"),
        (HEAD + "002  AX Q C 00:00:10:00 00:00:12:00 01:00:02:00 01:00:04:00\n", 4, "names no channel"),
        (HEAD + "00000000000009 AX V C 00:00:10:00 00:00:12:00 01:00:02:00 01:00:04:00\n", 4, "too large"),
        (HEAD + "9" * 5000 + "\n", 4, "too long"),
    ],
)
def test_mistakes_name_their_line(tmp_path, text, line, said):
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path, text, footage("a"), fps=Fraction(25))
    assert caught.value.where == f"{tmp_path / 'edit.edl'}:{line}"


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"\x00\x01\x02" * 50, b"\xff\xfe\x00", b"{}", b"<xmeml/>", b"TITLE: x\n"]
)
def test_what_is_no_list_is_refused(tmp_path, data):
    path = tmp_path / "edit.edl"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"edit\.edl"):
        read_exchange(path, SourceIndex(), Fraction(25))


def test_damaged_comments_of_ours_do_no_harm(tmp_path):
    text = (
        'TITLE: x\n* MEDIAKIT TIMELINE {"name":1,"fps":"0/0","timecode":"99:00"}\n* MEDIAKIT SOURCE []\n'
        '* MEDIAKIT OVERLAY {"overlay":"none"}\n'
        "001  BL V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        '* MEDIAKIT ITEM {"kind":"card","card":"none","lines":7}\n'
        "002  AX AA/V C 00:00:10:00 00:00:12:00 01:00:02:00 01:00:04:00\n* FROM CLIP NAME: a.mov\n"
        '* MEDIAKIT ITEM {"kind":"clip","level_db":"loud","speech":7}\n' + "* MEDIAKIT ITEM " + "[" * 50_000 + "\n"
    )
    timeline = read(tmp_path, text, footage("a"), fps=Fraction(25)).timeline
    assert timeline.picture == (Gap(frames=50), Clip(source="a", start=Fraction(10), frames=50))
    assert timeline.timecode == "01:00:00:00"


def test_a_file_that_the_list_names_is_not_opened(tmp_path):
    (tmp_path / "secret.mov").write_text("x")
    text = f"{HEAD}* FROM CLIP NAME: secret.mov\n* SOURCE FILE: {tmp_path / 'secret.mov'}\n"
    read_ = read(tmp_path, text, footage("a"), fps=Fraction(25))
    assert read_.paths == {}
    assert len(read_.unmatched) == 1


def test_other_formats_are_refused_with_a_way_out(tmp_path):
    for name in ("a.fcpxml", "a.aaf", "a"):
        (tmp_path / name).write_text("x")
        with pytest.raises(UsageError) as caught:
            read_exchange(tmp_path / name, SourceIndex())
        assert caught.value.hint
    with pytest.raises(MediakitError, match="no such file"):
        read_exchange(tmp_path / "none.edl", SourceIndex())
