"""Final Cut Pro 7 XML as other programs write it."""

from fractions import Fraction
from pathlib import Path

import pytest

from mediakit.editing.exchange import Footage, SourceIndex, read_exchange
from mediakit.errors import InputError, UsageError
from mediakit.media.timeline import Clip, Dissolve, Gap, Source

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"
NTSC = "<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>"


def footage(name: str, *, fps: Fraction | None = Fraction(25), file: str = "", **more: object) -> Footage:
    shape = {"name": name, "digest": name.encode().hex().ljust(64, "0"), "duration": 600, "file": file or f"{name}.mp4"}
    source = Source.model_validate({**shape, "fps": fps, **more})
    return Footage(source, Path("/footage") / source.file)


def read(tmp_path: Path, text: str, *entries: Footage):
    path = tmp_path / "edit.xml"
    path.write_text(text, encoding="utf-8")
    return read_exchange(path, SourceIndex(entries))


def sequence(video: str, audio: str = "", *, rate: str = RATE, more: str = "") -> str:
    return (
        f'{HEAD}<xmeml version="4">\n<sequence id="s"><name>采访</name><duration>500</duration>{rate}{more}\n'
        f"<media><video>{video}</video>\n<audio>{audio}</audio></media></sequence>\n</xmeml>\n"
    )


def file(number: int, name: str, *, full: bool = True) -> str:
    if not full:
        return f'<file id="file-{number}"/>'
    url = f"file://localhost/C%3a/footage/{name}"
    return f'<file id="file-{number}"><name>{name}</name><pathurl>{url}</pathurl>{RATE}<duration>9000</duration></file>'


def clip(
    name: str, number: int, start: int, end: int, first: int, last: int, *, full: bool = False, more: str = ""
) -> str:
    return (
        f'<clipitem id="c{number}-{start}"><masterclipid>m</masterclipid><name>{name}</name><enabled>TRUE</enabled>'
        f"<duration>9000</duration>{RATE}<start>{start}</start><end>{end}</end><in>{first}</in><out>{last}</out>"
        f"<pproTicksIn>1</pproTicksIn>{file(number, name, full=full)}{more}</clipitem>\n"
    )


def transition(start: int, end: int, alignment: str, name: str = "Cross Dissolve") -> str:
    return (
        f"<transitionitem><start>{start}</start><end>{end}</end><alignment>{alignment}</alignment>{RATE}"
        f"<effect><name>{name}</name><effectid>{name}</effectid></effect></transitionitem>\n"
    )


def test_premiere_with_linked_sound_on_two_tracks(tmp_path):
    level = (
        "<filter><effect><name>Audio Levels</name><effectid>audiolevels</effectid>"
        "<parameter><parameterid>level</parameterid><value>0.501187</value></parameter></effect></filter>"
    )
    video = (
        "<format/><track>"
        + clip("a.mp4", 1, 0, 100, 250, 350, full=True)
        + clip("b.mp4", 2, 100, 180, 0, 80, full=True)
        + "<enabled>TRUE</enabled><locked>FALSE</locked></track>"
    )
    side = clip("a.mp4", 1, 0, 100, 250, 350, more=level) + clip("b.mp4", 2, 90, 180, 0, 90)
    narration = clip("vo.wav", 3, 20, 80, 50, 110, full=True)
    audio = f'<track>{side}</track><track>{side}</track><track MZ.TrackName="旁白">{narration}</track>'
    start = f"<timecode>{RATE}<string>10:00:00:00</string><frame>900000</frame></timecode>"
    read_ = read(
        tmp_path, sequence(video, audio, more=start), footage("a"), footage("b"), footage("vo", file="vo.wav", fps=None)
    )
    timeline = read_.timeline
    assert (read_.unmatched, timeline.name, timeline.timecode, timeline.fps) == ((), "采访", "10:00:00:00", 25)
    # b's sound starts ten frames before its picture: it is laid on its own, and the picture's own is off.
    assert timeline.picture == (
        Clip(source="a", start=Fraction(10), frames=100, level_db=-6.0),
        Clip(source="b", start=Fraction(0), frames=80, level_db=None),
    )
    assert [(c.source, c.role, c.at, c.frames, c.start) for c in timeline.sound] == [
        ("vo", "narration", 20, 60, 2),
        ("b", "natural", 90, 90, 0),
    ]


@pytest.mark.parametrize(
    ("alignment", "cut", "dissolve"),
    [("center", 100, (10, 10)), ("start", 90, (0, 20)), ("end", 110, (20, 0))],
)
def test_a_transition_reaches_into_both_clips(tmp_path, alignment, cut, dissolve):
    # The outgoing clip lasts to the transition's end, the incoming one begins at its start.
    video = (
        "<track>"
        + clip("a.mp4", 1, 0, -1, 0, 110, full=True)
        + transition(90, 110, alignment)
        + clip("b.mp4", 2, -1, 200, 500, 610, full=True)
        + "</track>"
    )
    first, second = read(tmp_path, sequence(video), footage("a"), footage("b")).timeline.picture
    assert (first.frames, first.start, first.dissolve, first.fade_out) == (cut, 0, None, 0)
    assert second.dissolve == Dissolve(before=dissolve[0], after=dissolve[1])
    assert (second.frames, second.start) == (200 - cut, Fraction(500 + cut - 90, 25))


def test_fades_from_and_to_black(tmp_path):
    video = (
        "<track>"
        + transition(10, 30, "start-black")
        + clip("a.mp4", 1, -1, -1, 0, 90, full=True)
        + transition(85, 100, "end-black")
        + clip("b.mp4", 2, 100, 150, 0, 50, full=True)
        + "</track>"
    )
    assert read(tmp_path, sequence(video), footage("a"), footage("b")).timeline.picture == (
        Gap(frames=10),
        Clip(source="a", start=Fraction(0), frames=90, fade_in=20, fade_out=15, level_db=None),
        Clip(source="b", start=Fraction(0), frames=50, level_db=None),
    )


def test_a_picture_on_an_upper_track_covers_the_interview_whose_sound_goes_on(tmp_path):
    video = (
        f"<track>{clip('a.mp4', 1, 0, 200, 0, 200, full=True)}</track>"
        f"<track>{clip('b.mp4', 2, 50, 80, 25, 55, full=True)}</track>"
    )
    audio = f"<track>{clip('a.mp4', 1, 0, 200, 0, 200)}</track>"
    timeline = read(tmp_path, sequence(video, audio), footage("a"), footage("b")).timeline
    assert timeline.picture == (
        Clip(source="a", start=Fraction(0), frames=50, level_db=None),
        Clip(source="b", start=Fraction(1), frames=30, level_db=None),
        Clip(source="a", start=Fraction(80, 25), frames=120, level_db=None),
    )
    (sound,) = timeline.sound
    assert (sound.source, sound.at, sound.frames, sound.start) == ("a", 0, 200, 0)


def test_a_cross_fade_of_sound_becomes_two_clips_that_overlap(tmp_path):
    audio = (
        "<track>"
        + clip("a.mp4", 1, 0, -1, 0, 110, full=True)
        + transition(90, 110, "center", "Constant Power")
        + clip("b.mp4", 2, -1, 200, 500, 610, full=True)
        + "</track>"
    )
    read_ = read(tmp_path, sequence("", audio), footage("a"), footage("b"))
    assert [(c.at, c.frames, c.start, c.fade_in_s, c.fade_out_s) for c in read_.timeline.sound] == [
        (0, 110, 0, 0.0, 0.8),
        (90, 110, 20, 0.8, 0.0),
    ]
    assert read_.warnings == ()


def test_ntsc_counts_frames_of_1001(tmp_path):
    video = f"<track>{clip('a.mp4', 1, 0, 60, 900, 960, full=True)}</track>".replace(RATE, NTSC)
    start = (
        f"<timecode>{NTSC}<string>01:00:00;00</string><frame>107892</frame><displayformat>DF</displayformat></timecode>"
    )
    source = footage("a", fps=Fraction(30000, 1001), timecode="00:10:00;00")
    timeline = read(tmp_path, sequence(video, rate=NTSC, more=start), source).timeline
    assert (timeline.fps, timeline.timecode) == (Fraction(30000, 1001), "01:00:00;00")
    assert timeline.picture[0].start == Fraction(900 * 1001, 30000)


def test_reel_and_timecode_find_a_renamed_file(tmp_path):
    tape = (
        f"<file id='file-1'><name>x.mov</name>{RATE}<timecode>{RATE}<string>10:00:00:00</string><frame>900000</frame>"
        "<displayformat>NDF</displayformat><reel><name>A001</name></reel></timecode></file>"
    )
    video = f"<track>{clip('x.mov', 1, 0, 50, 250, 300).replace(file(1, 'x.mov', full=False), tape)}</track>"
    # The file at hand begins five seconds later than the one that was cut with.
    source = footage("renamed", reel="a001", timecode="10:00:05:00")
    (item,) = read(tmp_path, sequence(video), source).timeline.picture
    assert item.start == 5


def test_what_has_no_place_is_left_out_and_said(tmp_path):
    speed = (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid></effect></filter>"
        "<filter><effect><name>Blur</name><effectid>blur</effectid><parameter><keyframe><when>1</when></keyframe>"
        "</parameter></effect></filter>"
    )
    generator = (
        f"<generatoritem><name>Text</name>{RATE}<start>50</start><end>90</end><in>0</in><out>40</out>"
        "<effect><name>Text</name></effect></generatoritem>"
    )
    off = clip("b.mp4", 2, 100, 120, 0, 20, full=True).replace("<enabled>TRUE", "<enabled>FALSE")
    video = (
        f"<track>{clip('a.mp4', 1, 0, 50, 0, 50, full=True, more=speed)}{generator}"
        f"{transition(80, 90, 'end-black', 'Page Peel')}{off}</track><track>{generator}<enabled>FALSE</enabled></track>"
    )
    read_ = read(tmp_path, sequence(video), footage("a"), footage("b"))
    assert [type(item) for item in read_.timeline.picture] == [Clip, Gap]
    said = " ".join(read_.warnings)
    for word in ("speed", "Blur", "key frames", "generator 'Text'", "Page Peel", "switched off", "V2"):
        assert word in said, word


def test_bad_files_name_their_line(tmp_path):
    good = sequence(f"<track>{clip('a.mp4', 1, 0, 50, 0, 50, full=True)}</track>")
    for text, line, said in [
        (good[: len(good) // 2], 5, "not well-formed"),
        (good.replace("<end>50</end>", "<end>-7</end>"), 5, "before it starts"),
        (good.replace("<end>50</end>", "<end>-1</end>"), 5, "transition that is not there"),
        (good.replace("<in>0</in>", "<in>1e9</in>"), 5, "not a number of frames"),
        (good.replace("<in>0</in>", "<in>99999999999999999</in>"), 5, "not a number of frames"),
        (good.replace("<end>50</end>", "<end>9999999999</end>"), 5, "no edit is as long"),
        (good.replace("<timebase>25<", "<timebase>0<"), 4, "a rate of 0"),
        (good.replace(RATE, "", 1), 4, "has no rate"),
        (good.replace("xmeml version", "other version").replace("</xmeml>", "</other>"), 3, "not Final Cut Pro 7"),
    ]:
        with pytest.raises(InputError, match=said) as caught:
            read(tmp_path, text, footage("a"))
        assert caught.value.where in (f"{tmp_path / 'edit.xml'}:{n}" for n in (line, line + 1)), (
            said,
            caught.value.where,
        )


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!DOCTYPE x [<!ATTLIST xmeml a CDATA "b">]>',
    ],
)
def test_declarations_are_refused(tmp_path, doctype):
    good = sequence(f"<track>{clip('a.mp4', 1, 0, 50, 0, 50, full=True)}</track>")
    with pytest.raises(InputError, match="declares entities"):
        read(tmp_path, good.replace("<!DOCTYPE xmeml>", doctype).replace("采访", "x"), footage("a"))


def test_an_undeclared_outer_entity_is_not_fetched(tmp_path):
    good = sequence(f"<track>{clip('a.mp4', 1, 0, 50, 0, 50, full=True)}</track>")
    outer = good.replace("<!DOCTYPE xmeml>", '<!DOCTYPE xmeml SYSTEM "file:///etc/passwd">').replace("采访", "&a;")
    with pytest.raises(InputError, match=r"edit\.xml"):
        read(tmp_path, outer, footage("a"))


def test_depth_size_and_kind_are_bounded(tmp_path):
    with pytest.raises(InputError, match="more elements"):
        read(tmp_path, "<xmeml>" + "<a>" * 100_000)
    with pytest.raises(UsageError, match="Final Cut Pro X"):
        read(tmp_path, '<fcpxml version="1.9"/>')
    with pytest.raises(InputError, match="no sequence"):
        read(tmp_path, "<xmeml version='4'><bin/></xmeml>")
    with pytest.raises(InputError, match="larger than 16 MB"):
        read(tmp_path, "<xmeml>" + " " * (17 << 20))
    with pytest.raises(InputError):
        read(tmp_path, "\x00\x01binary")
