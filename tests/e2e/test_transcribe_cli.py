"""``mediakit transcribe`` as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
import urllib.parse
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip, make_tone

from mediakit.media.transcript import Transcript
from mediakit.tools.probe import probe_media

SAMPLES = Path(__file__).parents[2] / "samples"
SRT = "1\n00:00:00,200 --> 00:00:01,000\n云岭的雨还没有停。\n\n2\n00:00:01,200 --> 00:00:01,900\n我叫沈秋兰。\n"

Command = Callable[..., dict[str, Any]]


@pytest.fixture
def mediakit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``transcribe --json`` in this process and return its last line; other output must be JSON as well."""
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEDIAKIT_LIBRARY", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, code: int = 0) -> dict[str, Any]:
        from mediakit.cli.app import run_command

        capsys.readouterr()
        found = run_command(["transcribe", *(str(word) for word in words), "--json"])
        out, err = capsys.readouterr()
        assert found == code, out + err
        assert "Traceback" not in out + err
        last: dict[str, Any] = [json.loads(line) for line in out.splitlines()][-1]
        assert last["event"] == ("error" if code else "result")
        return last

    return run


def tone(folder: Path) -> Path:
    return make_tone(folder / "tone.wav", duration=2).path


@pytest.mark.slow
def test_speech_becomes_the_script_s_sentences_with_speakers_and_times(tmp_path: Path, mediakit: Command) -> None:
    sample, out = SAMPLES / "en", tmp_path / "out" / "transcript.json"
    result = mediakit(
        *(sample / "narration.flac", "-o", out, "--glossary", sample / "glossary.yaml"),
        *("--script", sample / "script.txt"),
    )
    assert result["language"] == "en"
    assert result["script"] == {"belongs": True, "share": 1.0, "speech_share": 1.0, "unspoken": [], "beside": 0}
    transcript = Transcript.read(out)
    truth = json.loads((sample / "truth.json").read_text(encoding="utf-8"))
    assert " ".join(segment.text for segment in transcript.segments) == " ".join(t["text"] for t in truth["sentences"])
    for one in truth["sentences"]:
        parts = [s for s in transcript.segments if s.text in one["text"] and abs(s.start - one["start"]) < 5]
        assert {part.speaker for part in parts} == {one["speaker"]}
        assert parts[0].start == pytest.approx(one["start"], abs=0.08)
        assert parts[-1].end == pytest.approx(one["end"], abs=0.08)
    words = transcript.words
    assert all(a.end <= b.start for a, b in pairwise(words))
    assert words[-1].end <= transcript.duration
    assert transcript.recogniser.model == "base"
    assert len(transcript.recogniser.model_digest) == 64
    assert all(correction.before != correction.after for correction in transcript.corrections)


def test_sound_without_speech_gives_no_words_and_says_so(tmp_path: Path, mediakit: Command) -> None:
    out = tmp_path / "t.json"
    result = mediakit(tone(tmp_path), "-o", out)
    assert result["warnings"] == ["no speech was found"]
    assert Transcript.read(out).segments == ()


def test_a_file_without_sound_is_refused_before_any_work(tmp_path: Path, mediakit: Command) -> None:
    clip = make_clip(tmp_path / "mute.mp4", duration=1, audio=None)
    out = tmp_path / "t.json"
    error = mediakit(clip.path, "-o", out, code=3)
    assert "no sound stream" in error["message"]
    assert "mute.mp4" in error["message"]
    assert not out.exists()


def test_a_track_that_is_not_there_is_named(tmp_path: Path, mediakit: Command) -> None:
    assert "no sound track 4" in mediakit(tone(tmp_path), "-o", "t.json", "--track", "4", code=3)["message"]


def test_a_missing_model_says_how_to_get_it(tmp_path: Path, mediakit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAKIT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    error = mediakit(tone(tmp_path), "-o", "t.json", "--model", "small", code=3)
    assert "'small' is not on this machine" in error["message"]
    assert "--model FOLDER" in error["hint"]


def test_an_import_is_corrected_like_what_is_heard(tmp_path: Path, mediakit: Command) -> None:
    (tmp_path / "字幕 1.srt").write_bytes(SRT.encode("gb18030"))
    shutil.copy(SAMPLES / "zh" / "glossary.yaml", tmp_path / "g.yaml")
    out = tmp_path / "t.json"
    result = mediakit(tone(tmp_path), "-o", out, "--import", "字幕 1.srt", "--glossary", "g.yaml")
    transcript = Transcript.read(out)
    assert result["language"] == transcript.language == "zh"
    assert [segment.text for segment in transcript.segments] == ["云岭的雨还没有停。", "我叫沈秋岚。"]
    assert [(c.before, c.after, c.rule) for c in transcript.corrections] == [
        ("沈秋兰", "沈秋岚", "glossary-wrong-form")
    ]
    assert transcript.recogniser.engine == "import"
    first = out.read_bytes()
    mediakit(tone(tmp_path), "-o", out, "--import", "字幕 1.srt", "--glossary", "g.yaml")
    assert out.read_bytes() == first


RETAKEN = """1
00:00:00,200 --> 00:00:02,600
凌晨两点云凌的雨还没有停

2
00:00:03,000 --> 00:00:05,400
凌晨两点银领的雨还没有停

3
00:00:06,000 --> 00:00:09,000
我在这里干了一辈子每天就是走

4
00:00:10,000 --> 00:00:13,600
我叫沈秋兰是云岭公务段的巡道公长
"""
SCRIPT = """【雨声】
主持人：凌晨兩點，雲嶺的雨還沒有停。一年裡有兩百個晚上，她都走在這條鐵路上。
沈秋岚：我叫沈秋岚，是云岭工务段的巡道工长。
"""


def test_a_script_is_followed_reported_and_shown(
    tmp_path: Path, mediakit: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    from mediakit.cli.app import run_command
    from mediakit.media.scriptreport import ScriptReport

    sound = make_tone(tmp_path / "long.wav", duration=15).path
    (tmp_path / "a.srt").write_text(RETAKEN, encoding="utf-8")
    (tmp_path / "s.txt").write_text(SCRIPT, encoding="utf-8")
    given = (sound, "-o", tmp_path / "t.json", "--import", "a.srt", "--script", "s.txt", "--characters", "simplified")
    result = mediakit(*given)
    assert result["script"]["unspoken"] == [2]
    segments = Transcript.read(tmp_path / "t.json").segments
    assert [(s.script, s.speaker, s.text) for s in segments] == [
        ("retake", "主持人", "凌晨两点，云岭的雨还没有停。"),
        ("followed", "主持人", "凌晨两点，云岭的雨还没有停。"),
        ("aside", None, "我在这里干了一辈子每天就是走"),
        ("followed", "沈秋岚", "我叫沈秋岚，是云岭工务段的巡道工长。"),
    ]
    report = ScriptReport.read(tmp_path / "t.script.json")
    assert [(s.state, s.takes) for s in report.sentences] == [("spoken", 2), ("unspoken", 0), ("spoken", 1)]
    assert [(b.kind, b.start) for b in report.beside] == [("retake", 0.2), ("aside", 6.0)]
    assert run_command(["transcribe", *(str(word) for word in given)]) == 0
    out = capsys.readouterr().out
    assert "2 of 3 sentences spoken, 0 in part, 1 not" in out
    assert "00:05.4-00:10.0  no. 2" in out
    assert "00:06.0-00:09.0          我在这里干了一辈子每天就是走" in out


def test_a_script_of_another_episode_is_said_to_be_one(tmp_path: Path, mediakit: Command) -> None:
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    (tmp_path / "s.txt").write_text("今天我们来到山里的茶园。老人说，他在这里种了一辈子的茶。\n", encoding="utf-8")
    result = mediakit(tone(tmp_path), "-o", tmp_path / "t.json", "--import", "a.srt", "--script", "s.txt")
    assert result["script"]["belongs"] is False
    assert any("does not belong to this speech" in warning for warning in result["warnings"])
    assert [s.text for s in Transcript.read(tmp_path / "t.json").segments] == ["云岭的雨还没有停。", "我叫沈秋兰。"]


def test_numbers_and_wording_follow_the_house_s_style(tmp_path: Path, mediakit: Command) -> None:
    (tmp_path / "a.srt").write_text(SRT.replace("云岭的雨还没有停。", "上世纪走了四十公里。"), encoding="utf-8")
    (tmp_path / "own.yaml").write_text("entries:\n- {found: 沈秋兰, rather: 沈秋岚}\n", encoding="utf-8")
    given = (tone(tmp_path), "-o", tmp_path / "t.json", "--import", "a.srt")
    result = mediakit(*given, "--numbers", "digits", "--wording", "own.yaml")
    assert [s.text for s in Transcript.read(tmp_path / "t.json").segments] == ["上世纪走了40公里。", "我叫沈秋兰。"]
    assert [warning.partition(" (")[0] for warning in result["warnings"]] == [
        "wording at 00:00: 上世纪, rather 20世纪",
        "wording at 00:01: 沈秋兰, rather 沈秋岚",
    ]
    (tmp_path / "own.yaml").write_text("entries:\n- {found: '[', rather: x}\n", encoding="utf-8")
    error = mediakit(*given, "--wording", "own.yaml", code=2)
    assert "own.yaml:2" in error["message"]


def test_words_are_found_in_the_library(tmp_path: Path, mediakit: Command, capsys: pytest.CaptureFixture[str]) -> None:
    from mediakit.cli.app import run_command

    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    mediakit(tone(tmp_path), "-o", tmp_path / "t.json", "--import", "a.srt", "--library", tmp_path / "assets")
    for query in ("雨", "云岭"):
        assert run_command(["library", "search", query, "--library", str(tmp_path / "assets")]) == 0
        assert f"[{query}]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--engine", "whisper"], 2, "engine"),
        (["--language", "englisch"], 2, "not a language"),
        (["--engine", "import"], 2, "needs `import`"),
        (["--engine", "faster-whisper", "--import", "x.srt"], 2, "goes with engine import"),
        (["--import", "missing.srt"], 3, "missing.srt"),
        (["--glossary", "bad.yaml"], 2, "bad.yaml:2:4: not a valid glossary: entries.1.word"),
        (["--script", "bad.yaml"], 3, "no sentence"),
        (["--import", "bad.yaml"], 3, "no transcript that can be imported"),
    ],
)
def test_wrong_options_get_one_clear_line(
    tmp_path: Path, mediakit: Command, options: list[str], code: int, message: str
) -> None:
    (tmp_path / "bad.yaml").write_text(
        "entries:\n- {word: 1}\n" if "--glossary" in options else "#\n", encoding="utf-8"
    )
    error = mediakit(tone(tmp_path), "-o", "t.json", *options, code=code)
    assert message in error["message"]
    assert "\n" not in error["message"]
    assert not (tmp_path / "t.json").exists()


MISHEARD = (
    "1\n00:00:00,200 --> 00:00:01,000\n我叫沈秋楠，是云岭公务段的巡道公长。\n\n"
    "2\n00:00:01,200 --> 00:00:01,900\n于是沈秋蓝走了，林丹也走了。\n"
)
NAMES = "entries:\n- {text: 沈秋岚, kind: name}\n- {text: 云岭工务段, kind: organisation}\n- {text: 蔺丹, kind: name}\n"


def test_a_correction_is_recorded_refused_and_a_doubt_accepted(tmp_path: Path, mediakit: Command) -> None:
    (tmp_path / "a.srt").write_text(MISHEARD, encoding="utf-8")
    (tmp_path / "g.yaml").write_text(NAMES, encoding="utf-8")
    out, listed = tmp_path / "t.json", tmp_path / "c.yaml"
    sound = tone(tmp_path)
    command = (sound, "-o", out, "--import", "a.srt", "--glossary", "g.yaml", "--corrections", listed)

    result = mediakit(*command)
    first = Transcript.read(out)
    assert first.text == "我叫沈秋岚，是云岭工务段的巡道公长。\n于是沈秋岚走了，林丹也走了。"
    assert {(c.before, c.after, c.rule) for c in first.corrections} == {
        ("沈秋楠", "沈秋岚", "glossary-near-homophone"),
        ("云岭公务段", "云岭工务段", "glossary-homophone"),
        ("沈秋蓝", "沈秋岚", "glossary-homophone"),
    }
    assert all(c.score and c.score > 0.8 for c in first.corrections)
    assert [(d.before, d.after) for d in first.doubts] == [("林丹", "蔺丹")]
    assert first.doubts[0].why
    assert (result["corrections"], result["doubts"]) == (3, 1)
    proposal = listed.read_text(encoding="utf-8")

    mediakit(*command)
    assert Transcript.read(out) == first
    assert listed.read_text(encoding="utf-8") == proposal

    lines = proposal.splitlines()
    edited = [
        line.replace("verdict: keep", "verdict: refuse") if "沈秋蓝" in line else line.replace(": leave", ": accept")
        for line in lines
    ]
    listed.write_text("\n".join(edited) + "\n", encoding="utf-8")
    result = mediakit(*command)
    second = Transcript.read(out)
    assert second.text == "我叫沈秋岚，是云岭工务段的巡道公长。\n于是沈秋蓝走了，蔺丹也走了。"
    assert [(d.before, d.why) for d in second.doubts] == [("沈秋蓝", "refused")]
    assert result["warnings"] == []
    assert listed.read_text(encoding="utf-8").splitlines() == edited


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("entries:\n- {before: 甲, after: 乙, verdict: no}\n", 2, "c.yaml:2"),
        ("- 甲\n", 2, "no `entries:`"),
        ("schema: mediakit/corrections/1\n", 2, "no `entries:`"),
        ("entries:\n- {before: 甲, after: 乙, verdict: refuse}\n", 0, "met nothing"),
    ],
)
def test_verdicts_that_cannot_be_used_are_told(
    tmp_path: Path, mediakit: Command, text: str, code: int, message: str
) -> None:
    (tmp_path / "a.srt").write_text(MISHEARD, encoding="utf-8")
    (tmp_path / "g.yaml").write_text(NAMES, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    result = mediakit(
        tone(tmp_path),
        *("-o", "t.json", "--import", "a.srt", "--glossary", "g.yaml", "--corrections", "c.yaml"),
        code=code,
    )
    assert message in (result["message"] if code else result["warnings"][0])


@pytest.mark.parametrize("named", ["", ", id: first"])
def test_a_recipe_s_corrections_decide_once_they_are_edited(tmp_path: Path, mediakit: Command, named: str) -> None:
    from mediakit.cli.app import run_command

    (tmp_path / "a.srt").write_text(MISHEARD, encoding="utf-8")
    (tmp_path / "g.yaml").write_text(NAMES, encoding="utf-8")
    tone(tmp_path)
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "name: r\ninputs: {media: tone.wav}\nsteps:\n- ingest: {media: $media}\n"
        f"- transcribe: {{import: a.srt, glossary: g.yaml{named}}}\n",
        encoding="utf-8",
    )

    def run() -> str:
        assert run_command(["run", str(recipe), "--output", str(tmp_path / "out"), "--json"]) == 0
        return Transcript.read(next((tmp_path / "out").rglob("transcript.json"))).text

    assert "沈秋岚走了" in run()
    listed = next((tmp_path / "out").rglob("corrections.yaml"))
    before = listed.read_text(encoding="utf-8")
    assert "沈秋岚走了" in run()
    listed.write_text(before.replace("keep", "refuse"), encoding="utf-8")
    assert "沈秋蓝走了" in run()
    assert "云岭公务段" in run()
    assert listed.read_text(encoding="utf-8") == before.replace("keep", "refuse")
    assert not listed.with_name("corrections.yaml.new").exists()


def test_a_proof_page_is_written_with_its_sound_beside_it(tmp_path: Path, mediakit: Command) -> None:
    hostile = SRT.replace("云岭的雨", "云岭&lt;img src=x onerror=alert(1)&gt;的雨")
    (tmp_path / "a.srt").write_text(hostile, encoding="utf-8")
    shutil.copy(SAMPLES / "zh" / "glossary.yaml", tmp_path / "g.yaml")
    page = tmp_path / "页 面" / "校对 1.html"
    given = (tone(tmp_path), "-o", "t.json", "--import", "a.srt", "--glossary", "g.yaml", "--html", page)
    result = mediakit(*given)
    assert result["html"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in text
    assert ' data-c="" title="已订正 沈秋兰 → 沈秋岚 ' in text
    assert "<img" not in text
    name = urllib.parse.unquote(re.findall(r'<audio [^>]*src="([^"]+)"', text)[0])
    assert name == "校对 1.sound.m4a"
    assert probe_media(page.with_name(name), digest="").duration == pytest.approx(2, abs=0.05)
    sound = page.with_name(name).read_bytes()

    mediakit(*given, "--cache", tmp_path / "other")
    assert (page.read_text(encoding="utf-8"), page.with_name(name).read_bytes()) == (text, sound)
    assert sorted(path.name for path in page.parent.iterdir()) == ["校对 1.html", name]


def test_a_page_for_media_without_sound_has_no_player(tmp_path: Path, mediakit: Command) -> None:
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    clip = make_clip(tmp_path / "mute.mp4", duration=2, audio=None)
    mediakit(clip.path, "-o", "t.json", "--import", "a.srt", "--html", "p.html")
    assert "<audio" not in (tmp_path / "p.html").read_text(encoding="utf-8")
    assert not (tmp_path / "p.sound.m4a").exists()


@pytest.mark.parametrize(
    ("page", "message"),
    [("p.txt", "ends in .html"), ("[1].html", "without * ? [ ]"), ("t.html", "write over another file")],
)
def test_a_page_that_cannot_be_is_refused_before_any_work(
    tmp_path: Path, mediakit: Command, page: str, message: str
) -> None:
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    error = mediakit(tone(tmp_path), "-o", "t.html", "--import", "a.srt", "--html", page, code=2)
    assert message in error["message"]
    assert not (tmp_path / "t.html").exists()


def test_a_recipe_publishes_the_page_and_makes_the_sound_once(tmp_path: Path, mediakit: Command) -> None:
    from mediakit.cli.app import run_command

    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    tone(tmp_path)
    recipe = (
        "name: p\noutput: out\nsteps:\n- ingest: {media: tone.wav}\n"
        "- transcribe: {import: a.srt, html: transcript.html}\n"
    )
    (tmp_path / "r.yaml").write_text(recipe, encoding="utf-8")
    assert run_command(["run", "r.yaml"]) == 0
    page = next((tmp_path / "out").rglob("transcript.html"))
    assert 'src="transcript.sound.m4a"' in page.read_text(encoding="utf-8")
    sound = page.with_name("transcript.sound.m4a")
    first = sound.stat().st_ino
    (tmp_path / "a.srt").write_text(SRT.replace("没有停", "停了"), encoding="utf-8")
    assert run_command(["run", "r.yaml"]) == 0
    assert "停了" in "".join(re.findall(r">([^<>]+)</span>", page.read_text(encoding="utf-8")))
    assert sound.stat().st_ino == first  # the very file that was made before, from the cache
