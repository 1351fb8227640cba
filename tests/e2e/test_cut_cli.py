"""``subtitle``, ``highlights`` and ``cut`` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from media_factory import make_clip, make_tone, read_counters

from mediakit.media.cuts import CutList
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.subtitles.formats import read_cues
from mediakit.tools.ffmpeg import run_ffmpeg

Command = Callable[..., tuple[str, str]]
SAID = ("山里下了一夜的雨。", "我叫沈秋兰，走了二十年铁路。", "总要有人走夜路。")


@pytest.fixture
def transcript(place: Path) -> Path:
    """Three sentences of 1.5 seconds with pauses of half a second, from 0.5 s."""
    segments = []
    for number, text in enumerate(SAID):
        start = 0.5 + 2 * number
        words = (Word(text=text, start=start, end=start + 1.5),)
        segments.append(Segment(start=start, end=start + 1.5, text=text, words=words))
    path = place / "transcript.json"
    Transcript(language="zh", duration=7.0, recogniser=Recogniser(engine="import"), segments=tuple(segments)).write(
        path
    )
    return path


def test_subtitles_in_every_format_and_checked(mediakit: Command, transcript: Path, place: Path) -> None:
    out, _ = mediakit(
        *("subtitle", transcript, "-o", "a.srt", "-o", "a.ass", "-o", "a.vtt", "-o", "a.ttml", "--fps", "25"),
        *("--profile", "netflix_zh"),
    )
    assert "a.ttml" in out
    for suffix in ("srt", "ass", "vtt", "ttml"):
        assert "走了二十年铁路" in (place / f"a.{suffix}").read_text(encoding="utf-8")
        mediakit("subtitle", f"a.{suffix}", "-o", f"again-{suffix}.srt", "--profile", "netflix_zh")
        assert "走了二十年铁路" in (place / f"again-{suffix}.srt").read_text(encoding="utf-8")


def test_a_bad_file_fails_its_check_and_lists_why(mediakit: Command, place: Path) -> None:
    (place / "bad.srt").write_bytes(
        "1\n00:00:01,000 --> 00:00:01,300\n今天，下了一天的雨，路很难走\n".encode("gb18030")
    )
    _, err = mediakit("subtitle", "bad.srt", "--check", "--profile", "cn_tv_14", code=5)
    for rule in ("duration-min", "cps", "punctuation"):
        assert f"0:01.000 cue 1: {rule}: " in err
    out, _ = mediakit("subtitle", "bad.srt", "--check", "--profile", "cn_tv_14", "--json", code=5)
    assert [json.loads(line) for line in out.splitlines()][-1]["exit_code"] == 5


def test_highlights_keep_a_persons_changes(mediakit: Command, transcript: Path, place: Path) -> None:
    clip = make_clip(place / "第一集 母版.mp4", duration=7.0)
    mediakit("highlights", clip.path, "-t", transcript, "-o", "shorts.yaml", "-n", "2", "--min", "1.5", "--max", "3")
    text = (place / "shorts.yaml").read_text(encoding="utf-8")
    assert text.count("- id: ") == 2
    edited = text.replace("id: short-1", "id: 夜路", 1)
    (place / "shorts.yaml").write_text(edited, encoding="utf-8")
    mediakit("highlights", clip.path, "-t", transcript, "-o", "shorts.yaml", "-n", "2", "--min", "1.5", "--max", "3")
    assert (place / "shorts.yaml").read_text(encoding="utf-8") == edited
    mediakit("cut", clip.path, "-o", "cuts", "--shorts", "shorts.yaml", "--transcript", transcript)
    assert {path.name for path in (place / "cuts").iterdir()} == {
        *("夜路.mp4", "夜路.srt", "short-2.mp4", "short-2.srt", "cuts.json")
    }


def test_too_few_highlights_say_why_and_keep_what_there_is(mediakit: Command, transcript: Path, place: Path) -> None:
    clip = make_clip(place / "a.mp4", duration=7.0)
    _, err = mediakit(
        *("highlights", clip.path, "-t", transcript, "-o", "shorts.yaml", "-n", "9", "--min", "1.5", "--max", "3"),
        code=6,
    )
    assert "the episode has 4 s of speech: only 3 shorts of 1.5–3 s fit without overlap, 9 asked for" in err
    assert (place / "shorts.yaml").read_text(encoding="utf-8").count("- id: ") == 3


def test_cut_by_spans_with_subtitles(mediakit: Command, transcript: Path, place: Path) -> None:
    clip = make_clip(place / "-a 'b': 母版.mp4", duration=7.0, timecode="10:00:00:00")
    mediakit("subtitle", transcript, "-o", "a.srt", "--fps", "25")
    arguments = ("--span", "10:00:02:10-10:00:04:05", "--span", "0-0.4,150f-160f", "--subtitles", "a.srt")
    out, _ = mediakit("cut", "-o", "cuts", *arguments, "--json", "--", clip.path)
    result = json.loads(out.splitlines()[-1])
    assert [cut["frames"] for cut in result["cuts"]] == [45, 20]
    assert read_counters(place / "cuts" / "cut-1.mp4") == list(range(60, 105))
    assert read_counters(place / "cuts" / "cut-2.mp4") == [*range(10), *range(150, 160)]
    text = (place / "cuts" / "cut-1.srt").read_text(encoding="utf-8")
    assert "我叫沈秋兰" in text
    assert "00:00:00,0" in text
    _, err = mediakit("cut", "-o", "cuts", *arguments, "--", clip.path)
    assert "cut: kept" in err


def test_cues_of_a_cut_keep_names_whole_and_begin_with_the_shot(mediakit: Command, place: Path) -> None:
    graph = "[0:v][1:v]concat=n=2:v=1,format=yuv420p"
    shots = ("testsrc=s=160x90:r=25:d=2.28", "color=c=0x802020:s=160x90:r=25:d=4")
    inputs = [part for shot in shots for part in ("-f", "lavfi", "-i", shot)]
    run_ffmpeg([*inputs, "-filter_complex", graph, "clip.mp4"], task="make shots", cwd=place)
    said = ((0.5, 2.3, "我叫沈秋岚。"), (2.5, 6.0, "我是云岭工务段巡道检查工区的巡道工长。"))
    segments = tuple(Segment(start=start, end=end, text=text) for start, end, text in said)
    words = place / "words.json"
    Transcript(language="zh", duration=6.28, recogniser=Recogniser(engine="import"), segments=segments).write(words)
    (place / "names.yaml").write_text("entries:\n  - {text: 云岭工务段巡道检查工区, kind: title}\n", encoding="utf-8")
    arguments = ("cut", "clip.mp4", "-o", "cuts", "--span", "1-6", "--transcript", words, "--no-copy")
    mediakit(*arguments)
    parted = read_cues(place / "cuts" / "cut-1.srt").cues
    assert parted[1].start == pytest.approx(1.28, abs=0.001)
    mediakit(*arguments, "--no-shots", "--glossary", "names.yaml")
    whole = read_cues(place / "cuts" / "cut-1.srt").cues
    assert whole[1].start == pytest.approx(1.48, abs=0.001)
    assert not any("云岭工务段巡道检查工区" in line for cue in parted for line in cue.lines)
    assert any("云岭工务段巡道检查工区" in line for cue in whole for line in cue.lines)


def test_what_is_copied_and_what_is_not_is_said(mediakit: Command, place: Path) -> None:
    clip = make_clip(place / "a.mp4", duration=4.0, codec="h264open", gop=20)
    out, _ = mediakit("cut", clip.path, "-o", "cuts", "--span", "10f-90f")
    assert "cut-1.mp4  3.20 s  69 of 80 frames copied" in out
    made = CutList.read(place / "cuts" / "cuts.json").cuts[0]
    assert (made.frames, made.frames_copied, made.frames_encoded, made.note) == (80, 69, 11, "")
    assert read_counters(place / "cuts" / "cut-1.mp4") == list(range(10, 90))
    out, _ = mediakit("cut", clip.path, "-o", "cuts", "--span", "10f-90f", "--no-copy")
    assert "cut-1.mp4  3.20 s  encoded, not copied: copying is turned off" in out
    made = CutList.read(place / "cuts" / "cuts.json").cuts[0]
    assert (made.frames_copied, made.frames_encoded) == (0, 80)
    moving = make_clip(place / "b.mp4", duration=4.0, vfr=True)
    out, _ = mediakit("cut", moving.path, "-o", "more", "--span", "1-3")
    assert "cut-1.mp4  2.00 s  encoded, not copied: the frame rate varies" in out


def test_sound_alone(mediakit: Command, place: Path) -> None:
    tone = make_tone(place / "a.wav", duration=3.0)
    mediakit("cut", tone.path, "-o", "cuts", "--span", "1-2")
    assert (place / "cuts" / "cut-1.m4a").is_file()
    _, err = mediakit("cut", tone.path, "-o", "cuts", "--span", "25f-50f", code=2)
    assert "no frame rate" in err


def test_wrong_wishes_end_in_one_plain_line(mediakit: Command, transcript: Path, place: Path) -> None:
    clip = make_clip(place / "a.mp4", duration=2.0)
    (place / "shorts.yaml").write_text("shorts:\n  - id: a\n    spans: [{start: 1, end: 99}]\n", encoding="utf-8")
    for words, code, message in (
        (("cut", clip.path, "-o", "c", "--span", "1-9"), 2, "does not lie within the media's 0:02.00"),
        (("cut", clip.path, "-o", "c"), 2, "--shorts FILE or --span"),
        (("cut", clip.path, "-o", "c", "--shorts", "shorts.yaml"), 2, "shorts.yaml:3:24: short 'a' ends at 01:39.00"),
        (("cut", clip.path, "-o", "c", "--shorts", "none.yaml"), 3, "none.yaml: no such file"),
        (("cut", "none.mp4", "-o", "c", "--span", "0-1"), 3, "none.mp4: no such file"),
        (("subtitle", "none.json", "-o", "a.srt"), 3, "none.json: no such file"),
        (("subtitle", transcript, "-o", "a.doc"), 2, ".doc names no subtitle format"),
        (("subtitle", transcript), 2, "nothing to do"),
        (("subtitle", transcript, "-o", "a.srt", "--profile", "netflix_cn"), 2, "netflix_cn"),
        (("subtitle", clip.path, "-o", "a.srt"), 3, "is not a text file"),
        (("subtitle", "shorts.yaml", "-o", "a.srt"), 3, "shorts.yaml"),
        (("highlights", clip.path, "-t", "shorts.yaml", "-o", "s.yaml"), 3, "shorts.yaml"),
        (("highlights", clip.path, "-t", transcript, "-o", "s.yaml", "--min", "40", "--max", "3"), 2, "longer than"),
    ):
        _, err = mediakit(*words, code=code)
        assert message in err
    assert not (place / "c").exists()
    assert not (place / "a.srt").exists()
