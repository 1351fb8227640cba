"""``subtitle`` as a user runs it: shot changes and names, check, repair, two languages, sound marks, a brand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mediakit.media.cues import CueSheet
from mediakit.media.transcript import Recogniser, Segment, Transcript
from mediakit.subtitles.formats import read_cues
from mediakit.tools.ffmpeg import run_ffmpeg

Command = Callable[..., tuple[str, str]]
BAD = (
    "1\r\n00:00:05,000 --> 00:00:07,000\r\n<i>这是第一条字幕，后面还有。</i>\r\n\r\n"
    "2\r\n00:00:01,000 --> 00:00:00,500\r\n时间反了\n\n"
    "3\r\n00:00:06,500 --> 00:00:09,000\r\n重叠的一条 而且它实在是太长了一行根本放不下\r\n"
)


@pytest.fixture
def transcript(place: Path) -> Path:
    segments = (
        Segment(start=0.5, end=2.3, text="我叫沈秋岚。", speaker="沈秋岚"),
        Segment(start=2.5, end=6.0, text="我是云岭工务段巡道检查工区的巡道工长。", speaker="沈秋岚"),
    )
    path = place / "transcript.json"
    Transcript(language="zh", duration=7, recogniser=Recogniser(engine="import"), segments=segments).write(path)
    return path


def test_cues_begin_with_a_shot_of_the_picture_and_its_search_is_kept(
    mediakit: Command, transcript: Path, place: Path
) -> None:
    graph = "[0:v][1:v]concat=n=2:v=1,format=yuv420p"
    shots = ("testsrc=s=160x90:r=25:d=2.28", "color=c=0x802020:s=160x90:r=25:d=4")
    inputs = [part for shot in shots for part in ("-f", "lavfi", "-i", shot)]
    run_ffmpeg([*inputs, "-filter_complex", graph, "clip.mp4"], task="make shots", cwd=place)
    arguments = ("subtitle", transcript, "-o", "a.srt", "--media", "clip.mp4", "--profile", "cn_tv_14")
    mediakit(*arguments, "--check")
    assert read_cues(place / "a.srt").cues[1].start == pytest.approx(2.28, abs=0.001)
    _, err = mediakit(*arguments, "--no-shots")
    assert read_cues(place / "a.srt").cues[1].start == pytest.approx(2.48, abs=0.001)
    (place / "names.yaml").write_text("entries:\n  - {text: 工区的巡道工长, kind: title}\n", encoding="utf-8")
    _, err = mediakit(*arguments, "--glossary", "names.yaml")
    assert "0 of 1 jobs run" in err
    lines = [line for cue in read_cues(place / "a.srt").cues for line in cue.lines]
    assert any("工区的巡道工长" in line for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_bad_file_is_checked_repaired_and_passes(mediakit: Command, place: Path, encoding: str) -> None:
    (place / "bad.srt").write_bytes(BAD.encode(encoding))
    _, err = mediakit("subtitle", "bad.srt", "--check", "--fps", "25", "--report", "bad.json", code=5)
    for rule in ("cue 1: overlap", "cue 1: italics", "cue 2: negative", "cue 2: order", "cue 3: line-length"):
        assert rule in err
    report = json.loads((place / "bad.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "fail"
    assert {"rule": "italics", "name": "Italics", "cue": 1}.items() <= next(
        one for one in report["findings"] if one["rule"] == "italics"
    ).items()
    out, _ = mediakit(
        *("subtitle", "bad.srt", "-o", "good.srt", "--fix", "--check", "--fps", "25", "--report", "fixed.json")
    )
    assert "cue 1: tags: <i> </i> → nothing" in out
    assert "cue 2: negative: 0:01.000–0:00.500 → 0:00.500–0:01.000" in out
    assert (place / "bad.srt").read_bytes() == BAD.encode(encoding)
    mediakit("subtitle", "good.srt", "--check", "--fps", "25")
    text = "".join(cue.text for cue in read_cues(place / "good.srt").cues)
    assert "".join(text.split()) == "时间反了这是第一条字幕后面还有重叠的一条而且它实在是太长了一行根本放不下"
    report = json.loads((place / "fixed.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "pass"
    assert report["findings"]
    assert len(report["changes"]) >= 5
    out, _ = mediakit("subtitle", "bad.srt", "-o", "more.srt", "--fix", "--fps", "25", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert sum(record["event"] == "change" for record in records) == records[-1]["changes"]


def test_what_cannot_be_repaired_is_listed_and_fails(mediakit: Command, place: Path) -> None:
    crowded = "".join(f"{k}\n00:00:0{k},000 --> 00:00:0{k},900\n这一条字幕的字数实在太多\n\n" for k in range(1, 6))
    (place / "fast.srt").write_text(crowded, encoding="utf-8")
    out, err = mediakit("subtitle", "fast.srt", "-o", "good.srt", "--fix", "--check", "--fps", "25", code=5)
    assert "left: cue 2: cps: " in out
    assert "cps: " in err
    assert len(read_cues(place / "good.srt").cues) == 5


def test_two_languages_sound_marks_and_a_brand(mediakit: Command, transcript: Path, place: Path) -> None:
    (place / "en.srt").write_text(
        "1\n00:00:00,500 --> 00:00:02,300\nI am Shen Qiulan.\n\n2\n00:00:02,500 --> 00:00:06,000\nTrack inspector.\n",
        encoding="utf-8",
    )
    (place / "script.txt").write_text("沈秋岚：我是云岭工务段巡道检查工区的巡道工长。\n【鸟鸣】\n", encoding="utf-8")
    (place / "brand.yaml").write_text('subtitles: {highlight: "#ffd23f", box: "#101418"}\n', encoding="utf-8")
    mediakit(
        *("subtitle", transcript, "-o", "a.ass", "-o", "a.srt", "-o", "a.ttml", "--translation", "en.srt"),
        *("--sounds", "script.txt", "--brand", "brand.yaml"),
    )
    cues = read_cues(place / "a.srt").cues
    assert cues[0].lines == ("我叫沈秋岚", "I am Shen Qiulan.")
    assert cues[-1].lines == ("【鸟鸣】",)
    text = (place / "a.ass").read_text(encoding="utf-8")
    assert "\\k" in text
    assert "\\fscx72" in text
    sheets = list((place / "cache").rglob("cues.json"))
    assert CueSheet.read(sheets[0]).cues[0].translation == ("I am Shen Qiulan.",)


def test_requests_that_make_no_sense_are_refused(mediakit: Command, transcript: Path, place: Path) -> None:
    (place / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n好\n", encoding="utf-8")
    (place / "bad.yaml").write_text("entries: 3\n", encoding="utf-8")
    for words, code, message in (
        (("subtitle", "a.srt", "-o", "a.srt", "--fix"), 2, "would replace the one that it is made from"),
        (("subtitle", transcript, "-o", "b.srt", "--fix"), 2, "fix repairs a subtitle file"),
        (
            ("subtitle", "a.srt", "-o", "b.srt", "--profile", "cn_tv_14", "--children"),
            2,
            "no reading speed for children",
        ),
        (("subtitle", "a.srt", "-o", "b.srt", "--glossary", "bad.yaml"), 2, "bad.yaml"),
        (("subtitle", "a.srt", "-o", "b.srt", "--translation", "none.srt"), 3, "none.srt"),
    ):
        _, err = mediakit(*words, code=code)
        assert message in err.splitlines()[0]
        assert not (place / "b.srt").exists()
    assert (place / "a.srt").read_text(encoding="utf-8").endswith("好\n")
