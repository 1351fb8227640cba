"""``highlights`` with its reasons, a comparison with an editor's choice, and weights, as a user runs them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from media_factory import make_clip, make_tone

from mediakit.media.shorts import read_shorts
from mediakit.media.shortsreport import ShortsReport
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word

Command = Callable[..., tuple[str, str]]
SAID = (
    ("记者", "您当时为什么没有走？"),
    ("沈秋岚", "那天晚上我一个人坐在道口，哭了一夜。"),
    ("沈秋岚", "然后那个设备什么的，嗯，反正就是那些。"),
    ("记者", "现在来学的人多吗？"),
    ("沈秋岚", "嗯，还行吧，还行吧，好像有几个。"),
    ("沈秋岚", "有一次徒弟问我，师傅，你怕不怕黑？"),
    ("沈秋岚", "我说路是给走得快的人修的，灯是给走得慢的人留的。"),
    ("记者", "谢谢，谢谢您，我们今天就拍到这里。"),
)


@pytest.fixture
def transcript(place: Path) -> Path:
    """Eight sentences of two speakers, a second and a half each, from half a second on."""
    segments = []
    for number, (speaker, text) in enumerate(SAID):
        start = 0.5 + 2 * number
        words = (Word(text=text, start=start, end=start + 1.5),)
        segments.append(Segment(start=start, end=start + 1.5, text=text, words=words, speaker=speaker))
    path = place / "t.json"
    recogniser = Recogniser(engine="import")
    Transcript(language="zh", duration=17.0, recogniser=recogniser, segments=tuple(segments)).write(path)
    return path


def ask(transcript: Path, *more: str) -> tuple[str | Path, ...]:
    return (
        "highlights",
        "a.wav",
        "-t",
        transcript,
        "-o",
        "shorts.yaml",
        "-n",
        "2",
        "--min",
        "3",
        "--max",
        "4.5",
        *more,
    )


def test_reasons_are_told_for_the_chosen_and_for_the_others(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    out, _ = mediakit(*ask(transcript, "--explain"))
    opened = {short.opens_with for short in read_shorts(place / "shorts.yaml").shorts}
    assert opened == {SAID[0][1], SAID[5][1]}
    for said in ("what a high rank says", "completeness", "not counted", "no value", "Ranks within the episode among"):
        assert said in out
    assert f"opens   {SAID[5][1]}" in out
    assert "Not chosen, best first" in out
    assert "not taken: " in out
    assert "which leans on what came before" in out or "hesitations: " in out


def test_reasons_for_machines(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    out, _ = mediakit(*ask(transcript, "--explain", "--json"))
    result = json.loads(out.splitlines()[-1])
    report = ShortsReport.model_validate(result["report"])
    assert [run.id for run in report.chosen] == [short["id"] for short in result["shorts"]] == ["short-1", "short-2"]
    for short, run in zip(result["shorts"], report.chosen, strict=True):
        assert short["score_parts"] == run.parts
        counted = {name: weight for name, weight in report.weights.items() if weight and name in run.parts}
        mean = sum(weight * run.parts[name] for name, weight in counted.items()) / sum(counted.values())
        assert run.score == pytest.approx(mean, abs=2e-3)
        assert short["title"]
        assert short["lead"] not in ("", short["title"])
    assert all(run.passed_over for run in report.passed_over)


def test_the_choice_is_compared_with_an_editors(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    (place / "truth.yaml").write_text(
        "shorts:\n  - {id: night, spans: [{start: 0.4, end: 4.1}]}\n  - {id: end, spans: [{start: 14.4, end: 16.2}]}\n",
        encoding="utf-8",
    )
    out, _ = mediakit(*ask(transcript, "--score", "truth.yaml"))
    assert re.search(r"these shorts +50 % +50 %", out)
    for name in ("random (mean)", "first 2", "centre 2", "even 2"):
        assert name in out
    assert "night: short-" in out
    assert "end: nothing" in out
    again, _ = mediakit(*ask(transcript, "--score", "truth.yaml", "--json"))
    comparison = json.loads(again.splitlines()[-1])["report"]["comparison"]
    assert comparison["ours"]["precision"] == 0.5
    assert comparison["editors"] == 2


def test_mistakes_in_weights_and_in_an_editors_choice(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    (place / "empty.yaml").write_text("shorts: []\n", encoding="utf-8")
    (place / "late.yaml").write_text("shorts:\n  - {id: a, spans: [{start: 1, end: 99}]}\n", encoding="utf-8")
    for more, code, said in (
        (("--weights", "stroy=0.3"), 2, "has no part 'stroy': did you mean story?"),
        (("--weights", "story"), 2, "'story' is not a part and a number"),
        (("--weights", "story=-1"), 2, "must be 0 or more"),
        (("--score", "none.yaml"), 3, "none.yaml: no such file"),
        (("--score", "empty.yaml"), 3, "empty.yaml: has no shorts to compare with"),
        (("--score", "late.yaml"), 2, "short 'a' ends at 01:39.00"),
    ):
        _, err = mediakit(*ask(transcript, *more), code=code)
        assert said in err
    assert not (place / "shorts.yaml").exists()


def test_too_few_are_listed_and_explained_all_the_same(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    words = ask(transcript, "--explain")
    out, err = mediakit(*words[:7], "9", *words[8:], code=6)
    assert "short-1  0:" in out
    assert "what a high rank says" in out
    assert "fit without overlap, 9 asked for" in err


def test_weights_and_report_in_a_recipe(mediakit: Command, transcript: Path, place: Path) -> None:
    make_clip(place / "m.mp4", duration=17.0)
    recipe = """
    name: r
    steps:
      - ingest: {media: m.mp4}
      - highlights: {transcript: t.json, count: 2, length: 3s-4.5s, weights: {voice: 0.2, story: 0.5}, explain: true}
    """
    (place / "r.yaml").write_text(recipe, encoding="utf-8")
    mediakit("run", "r.yaml")
    report = ShortsReport.read(place / "out/shorts.json")
    assert report.weights["voice"] == 0.2
    assert report.weights["story"] == 0.5
    assert len(report.chosen) == 2
    assert report.source_digest == read_shorts(place / "out/shorts.yaml").source_digest != ""
    _, err = mediakit("run", "r.yaml")
    assert "kept" in err
    (place / "r.yaml").write_text(recipe.replace("story: 0.5", "storey: 0.5"), encoding="utf-8")
    _, err = mediakit("run", "r.yaml", code=2)
    assert "r.yaml:5:" in err
    assert "has no part 'storey': did you mean story?" in err


def test_the_voice_is_measured_once_for_a_sound(mediakit: Command, transcript: Path, place: Path) -> None:
    make_tone(place / "a.wav", duration=17.0)
    _, err = mediakit(*ask(transcript))
    assert "highlights: made in" in err
    assert "1 jobs" in err
    _, err = mediakit(*ask(transcript)[:5], "other.yaml", "-n", "1", "--min", "3", "--max", "4.5")
    assert "0 of 1 jobs run" in err, "another count measures nothing again"
