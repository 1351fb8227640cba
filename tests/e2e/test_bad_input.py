"""What bad input gets: one clear line that names the place, the documented exit code, and nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from media_factory import make_broken, make_clip, make_tone, run

from mediakit.media.transcript import Recogniser, Segment, Transcript, Word

Command = Callable[..., tuple[str, str]]

OTHER = "other.mp4"
"""What playlists and lists of files name."""

SMALL = """
name: small
inputs: {{master: {master}}}
channels:
  tiny:
    title: 小
    container: m4a
    audio: {{codec: aac, loudness: podcast}}
    qc: sound
    source: a test
    grade: M
    checked_on: 2026-11-22
steps:
  - ingest: {{media: $master}}
  - render: {{channels: [tiny]}}
  - qc: {{only: [duration, loudness, container]}}
  - package: {{to: dist, series: 系列}}
"""

CHANNEL = """
small:
  title: 小
  container: mp4
  frame: {width: 160, height: 90, fps: 25}
  video: {codec: h264, preset: ultrafast, max_rate: 1M, buffer: 1M}
  audio: {codec: aac, loudness: podcast}
  subtitles: {profile: netflix_en, mode: sidecar}
  source: a test
  grade: M
  checked_on: 2026-11-22
"""

# Files that are no media, whatever their name says: kind, what the line says.
NO_MEDIA = {
    "missing": "no such file",
    "empty": "is an empty file",
    "text": "is a text file, not media",
    "html": "is a web page",
    "random": "is not a media file that can be opened",
    "truncated_head": "is not a media file that can be opened",
    "no_index": "is cut short or was never finished",
    "zero_duration": "holds no picture and no sound",
    "ffconcat": "is a list of other files",
    "playlist": "is a playlist",
    "sdp": "is a network session description",
}
# Files that can be measured, but not used.
UNUSABLE = {
    "truncated_tail": "is cut short: 2.4 of 4.0 s are there",
    "picture_png": "is a still picture",
    "picture_jpg": "is a still picture",
}
AWKWARD = (
    "two words  twice.wav",
    'it\'s "quoted" `here` $HOME.wav',
    "-dash --first.wav",
    "10:30:00 第一集.wav",
    "守夜人·夜行十二公里《上》.wav",
    "🎬👨‍👩‍👧 雨夜.wav",
    "100% [a]{b};c,d\\e#f&g*.wav",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEDIAKIT_LIBRARY", str(tmp_path / "library"))
    monkeypatch.delenv("MEDIAKIT_DEBUG", raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def mediakit(place: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process; what any library or child process writes is caught as well."""

    def start(*words: str | Path, code: int = 0) -> tuple[str, str]:
        from mediakit.cli.app import run_command

        capfd.readouterr()
        found = run_command([str(word) for word in words])
        out, err = capfd.readouterr()
        assert found == code, f"{words}\n{out}{err}"
        assert "Traceback" not in out + err
        return out, err

    return start


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_transcript(path: Path) -> Path:
    words = (Word(text="山里下了一夜的雨。", start=0.2, end=1.6),)
    segments = (Segment(start=0.2, end=1.6, text="山里下了一夜的雨。", words=words),)
    Transcript(language="zh", duration=2.0, recogniser=Recogniser(engine="import"), segments=segments).write(path)
    return path


def error_line(err: str) -> str:
    """Return the one line that says what is wrong."""
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, err
    return lines[0]


def commands(media: str) -> dict[str, list[str]]:
    """Every command that opens media, on one file, with everything else in order."""
    return {
        "ingest": ["ingest", media],
        "transcribe": ["transcribe", media, "-o", "made/t.json"],
        "highlights": ["highlights", media, "-t", "t.json", "-o", "made/s.yaml"],
        "look": ["look", media, "-o", "made/picture.json"],
        "cut": ["cut", media, "-o", "made/cuts", "--span", "0-1"],
        "render": ["render", media, "-o", "made/render", "-c", "radio", "-c", "gzh", "--preset", "ultrafast"],
        "qc": ["qc", media, "--channel", "tv_web"],
    }


# Media


@pytest.mark.parametrize("kind", [*NO_MEDIA, *UNUSABLE, "folder"])
def test_every_command_refuses_what_it_cannot_use(mediakit: Command, place: Path, kind: str) -> None:
    write_transcript(place / "t.json")
    other = make_clip(place / OTHER, duration=2.0).path
    scripts = kind in ("ffconcat", "playlist", "sdp")
    (place / "in").mkdir()
    make_broken(place / "in", kind, points_at=Path("..") / other.name if scripts else None)
    messages = {**NO_MEDIA, **UNUSABLE, "folder": "folder"}
    before = sorted(place.rglob("*"))
    for name, words in commands("in/broken.mp4").items():
        if name == "qc" and kind in UNUSABLE:
            continue  # measured, and judged: a test below
        _, err = mediakit(*words, code=3)
        assert error_line(err).startswith("error: in/broken.mp4: "), name
        assert messages[kind] in error_line(err), name
        out, err = mediakit(*words, "--json", code=3)
        assert err == ""
        last = json.loads(out.splitlines()[-1])
        assert last["event"] == "error"
        assert last["exit_code"] == 3
        assert last["message"].startswith("in/broken.mp4: ")
        assert all(isinstance(json.loads(line), dict) for line in out.splitlines())
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("kind", list(UNUSABLE))
def test_qc_judges_a_damaged_file_and_a_picture(mediakit: Command, place: Path, kind: str) -> None:
    make_broken(place, kind)
    out, _ = mediakit("qc", "broken.mp4", "--channel", "tv_web", code=5)
    assert "FAIL  container" in out
    assert ("cut short" if kind == "truncated_tail" else "_pipe, not mp4") in out


@pytest.mark.parametrize("kind", ["ffconcat", "playlist"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_script_named_mp4_opens_nothing_else(
    mediakit: Command, place: Path, tmp_path: Path, kind: str, absolute: bool
) -> None:
    """What the script names is a pipe: whoever opened it would wait for ever."""
    pipe = place / "secret.mp4"
    os.mkfifo(pipe)
    make_broken(place, kind, points_at=pipe if absolute else Path(pipe.name))
    for words in (["ingest", "broken.mp4"], commands("broken.mp4")["render"], commands("broken.mp4")["qc"]):
        mediakit(*words, code=3)
    write(place / "r.yaml", SMALL.format(master="broken.mp4"))
    _, err = mediakit("run", "r.yaml", code=3)
    assert "broken.mp4: is a " in error_line(err)
    assert not (place / "out").exists()


def test_missing_files_of_every_command(mediakit: Command, place: Path) -> None:
    write_transcript(place / "t.json")
    make_tone(place / "a.wav")
    clip = "a.wav"
    cases: list[tuple[list[str], str]] = [(words, "none.mp4") for words in commands("none.mp4").values()]
    cases += [
        (["subtitle", "none.json", "-o", "made/a.srt"], "none.json"),
        (["review", "sign", "none.mp4", "--by", "张三", "--role", "editor"], "none.mp4"),
        (["review", "status", "none.mp4"], "none.mp4"),
        (["package", "none", "-o", "made/dist"], "none"),
        (["run", "none.yaml"], "none.yaml"),
        (["plan", "none.yaml"], "none.yaml"),
        (["highlights", clip, "-t", "none.json", "-o", "made/s.yaml"], "none.json"),
        (["cut", clip, "-o", "made/cuts", "--shorts", "none.yaml"], "none.yaml"),
        (["cut", clip, "-o", "made/cuts", "--span", "0-1", "--subtitles", "none.srt"], "none.srt"),
        (["transcribe", clip, "-o", "made/t.json", "--script", "none.txt"], "none.txt"),
        (["transcribe", clip, "-o", "made/t.json", "--glossary", "none.yaml"], "none.yaml"),
        (["transcribe", clip, "-o", "made/t.json", "--import", "none.srt"], "none.srt"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--subtitles", "none.srt"], "none.srt"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--clean", "none.mp4"], "none.mp4"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--brand", "none.yaml"], "none.yaml"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--channels", "none.yaml"], "none.yaml"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--shorts", "none.yaml"], "none.yaml"),
        (["render", clip, "-o", "made/r", "-c", "radio", "--transcript", "none.json"], "none.json"),
        (["qc", clip, "--channel", "radio", "--channels", "none.yaml"], "none.yaml"),
    ]
    for words, name in cases:
        _, err = mediakit(*words, code=3)
        assert err.startswith(f"error: {name}: "), (words, err)
        assert "no such" in error_line(err)
        out, err = mediakit(*words, "--json", code=3)
        assert json.loads(out)["exit_code"] == 3
        assert err == ""
    assert not (place / "made").exists()
    assert not (place / "review.json").exists()


def test_video_without_sound(mediakit: Command, place: Path) -> None:
    make_clip(place / "mute.mp4", audio=None)
    mediakit("ingest", "mute.mp4")
    _, err = mediakit("transcribe", "mute.mp4", "-o", "made/t.json", code=3)
    assert "mute.mp4: has no sound stream" in error_line(err)
    assert not (place / "made").exists()
    mediakit("cut", "mute.mp4", "-o", "cuts", "--span", "0-1")
    mediakit("render", "mute.mp4", "-o", "made", "-c", "gzh", "--preset", "ultrafast")
    record = json.loads((place / "made/gzh/mute/rendition.json").read_text(encoding="utf-8"))
    assert "the source has no sound: the track is silent" in record["notes"]


def test_sound_without_video(mediakit: Command, place: Path) -> None:
    make_tone(place / "tone.wav")
    mediakit("ingest", "tone.wav")
    mediakit("cut", "tone.wav", "-o", "cuts", "--span", "0-1")
    mediakit("render", "tone.wav", "-o", "made", "-c", "radio")
    assert (place / "made/radio/tone/tone.wav").is_file()
    _, err = mediakit("render", "tone.wav", "-o", "other", "-c", "podcast", "-c", "douyin", code=3)
    assert "tone.wav: has no picture, and 抖音 needs one" in error_line(err)
    assert not (place / "other").exists()


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_go_through_a_whole_recipe(mediakit: Command, place: Path, name: str) -> None:
    make_tone(place / name, level_db=-18)
    written = json.dumps(name, ensure_ascii=False).replace("$", "$$")
    write(place / "r.yaml", SMALL.format(master=written))
    out, _ = mediakit("run", "r.yaml")
    stem = Path(name).stem
    assert (place / "out/render/tiny" / stem / f"{stem}.m4a").is_file()
    index = json.loads((place / "out/dist/index.json").read_text(encoding="utf-8"))
    assert [one["channel"] for one in index["packages"]] == ["tiny"]
    assert f"{stem}.m4a" in out
    _, err = mediakit("run", "r.yaml")
    assert "0 made, 4 kept" in err
    mediakit("ingest", "--", name)


def test_awkward_names_on_the_command_line(place: Path) -> None:
    """A leading dash after ``--``, in a program of its own; the picture's filters get the name as well."""
    name = "-a 'b': 第1集 🎬.mp4"
    make_clip(place / name, duration=1.0)
    write(place / "字幕 it's: 1.srt", "1\n00:00:00,100 --> 00:00:00,900\n{\\an8}雨 '; 100%\n")
    words = ["render", "-o", "made it's", "-c", "gzh", "--preset", "ultrafast"]
    words += ["--subtitles", "字幕 it's: 1.srt", "--language", "zh", "--", name]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mediakit", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    stem = Path(name).stem
    assert (place / "made it's" / "gzh" / stem / f"{stem}.mp4").is_file()


# Texts


def test_texts_that_are_something_else(mediakit: Command, place: Path) -> None:
    make_tone(place / "a.wav")
    write(place / "note.txt", "不是字幕\n")
    write(place / "bad.json", '{"schema": "mediakit/other/1"}')
    (place / "raw.srt").write_bytes(bytes(range(256)) * 40)
    write(place / "empty.srt", "")
    (place / "dir.srt").mkdir()
    for words, name in (
        (["subtitle", "bad.json", "-o", "made/a.srt"], "bad.json"),
        (["subtitle", "note.txt", "-o", "made/a.srt"], "note.txt"),
        (["subtitle", "raw.srt", "-o", "made/a.srt"], "raw.srt"),
        (["subtitle", "dir.srt", "-o", "made/a.srt"], "dir.srt"),
        (["highlights", "a.wav", "-t", "bad.json", "-o", "made/s.yaml"], "bad.json"),
        (["transcribe", "a.wav", "-o", "made/t.json", "--import", "raw.srt"], "raw.srt"),
        (["transcribe", "a.wav", "-o", "made/t.json", "--import", "empty.srt"], "empty.srt"),
        (["render", "a.wav", "-o", "made/r", "-c", "radio", "--subtitles", "dir.srt"], "dir.srt"),
        (["package", "a.wav", "-o", "made/d"], "a.wav"),
        (["review", "sign", ".", "--by", "张三", "--role", "editor"], "."),
    ):
        _, err = mediakit(*words, code=3)
        assert error_line(err).startswith(f"error: {name}"), (words, err)
    assert not (place / "made").exists()


@pytest.mark.parametrize("language", ["/../../../evil", "../x", "zh\n#EXT", "zh zh"])
def test_a_language_names_no_other_place(mediakit: Command, place: Path, language: str) -> None:
    """The language stands in the names of sidecars: one that a file brings along must not lead elsewhere."""
    make_clip(place / "a.mp4", duration=1.0)
    write(
        place / "a.ttml",
        f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="{language}"><body><div>'
        '<p begin="0.1s" end="0.9s">rain</p></div></body></tt>',
    )
    mediakit("subtitle", "a.ttml", "-o", "a.srt")
    write(place / "c.yaml", CHANNEL)
    words = ["render", "a.mp4", "-o", "deep/er/made", "-c", "small", "--channels", "c.yaml"]
    mediakit(*words, "--subtitles", "a.ttml")
    names = {path.name for path in place.parent.rglob("*.srt") if "cache" not in path.parts}
    assert names == {"a.srt", "a.und.srt"}
    _, err = mediakit(*words, "--subtitles", "a.srt", "--language", language, code=2)
    assert "is not a language" in error_line(err)
    write_transcript(place / "t.json")
    text = (place / "t.json").read_text(encoding="utf-8")
    write(place / "t.json", text.replace('"zh"', json.dumps(language)))
    _, err = mediakit(*words, "--transcript", "t.json", code=3)
    assert error_line(err).startswith("error: t.json: ")


# Recipes

STEPS = "steps:\n  - ingest: {media: $m}\n"
GOOD = "inputs: {m: a.wav}\n" + STEPS
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]\n" for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "line", "hint"),
    [
        ("a: [1\n", 2, "r.yaml:2:1: is not YAML", ""),
        ("\tname: x\n", 2, "r.yaml:1:1: is not YAML", ""),
        ("", 2, "r.yaml:1:1: is empty", ""),
        ("- ingest\n- qc\n", 2, "r.yaml:1:1: a recipe is a mapping of keys, this is a list", "begin with name"),
        (BOMB + GOOD, 2, "r.yaml:5", "aliases"),
        ("a: &a [*a]\n" + GOOD, 2, "r.yaml:1:8: the alias *a contains itself", ""),
        ("x: !!python/object/apply:os.system ['true']\n", 2, "r.yaml:1:4: the tag ", "without a tag"),
        ("name: a\nname: b\n" + GOOD, 2, "r.yaml:2:1: the key 'name' is there twice", "line 1"),
        ("nmae: a\n" + GOOD, 2, "r.yaml:1:1: unknown key 'nmae'", "did you mean name?"),
        (GOOD + "  - rendr: {}\n", 2, "r.yaml:4:5: unknown step 'rendr'", "did you mean render?"),
        (GOOD + "  - render: {channels: [duoyin]}\n", 2, "r.yaml:4:", "douyin"),
        (GOOD + "  - render: {chanels: [douyin]}\n", 2, "r.yaml:4:14: unknown key 'chanels'", "channels"),
        (GOOD.replace("$m", "$n"), 2, "r.yaml:3:21: unknown variable 'n'", ""),
        ("output: ../../elsewhere\n" + GOOD, 2, "r.yaml:1:9: '../../elsewhere' is not a path below", "inside"),
        ("output: out/../../x\n" + GOOD, 2, "r.yaml:1:9: ", "inside"),
        ("output: /tmp/elsewhere\n" + GOOD, 2, "r.yaml:1:9: '/tmp/elsewhere' is not a path below", ""),
        (GOOD + "  - render: {channels: [radio]}\n  - package: {to: ../dist}\n", 2, "r.yaml:5:", ""),
        (GOOD.replace("a.wav", "none.wav"), 3, "r.yaml:1:13: no such file: ", "check the input 'm'"),
        (GOOD.replace("a.wav", "'*.mov'"), 3, "r.yaml:1:13: no file matches *.mov", ""),
        (GOOD.replace("a.wav", "."), 3, "r.yaml:1:13: is a folder, not a file", ""),
        (GOOD.replace("$m", "none.wav"), 3, "r.yaml:3:", ""),
        ("extends: none.yaml\n" + GOOD, 3, "r.yaml:1:10: extends none.yaml, and there is no such file", ""),
        ("extends: r.yaml\n" + GOOD, 2, "r.yaml:1:10: recipes extend each other in a loop", ""),
        ("extends: two.yaml\n" + GOOD, 2, "two.yaml:1:10: recipes extend each other in a loop", ""),
        ("variables: {a: $b, b: $a}\n" + GOOD, 2, "r.yaml:1:13: variables go in a loop: a → b → a", ""),
        ("variables: {a: 'x${a}'}\n" + GOOD, 2, "r.yaml:1:13: variables go in a loop: a → a", ""),
        ("name: a\nseries: 'b\0'\n" + GOOD, 2, "r.yaml:2:11: is not YAML: the character U+0000", ""),
        ("language: ../../evil\n" + GOOD, 2, "r.yaml:1:11: ", ""),
    ],
)
def test_bad_recipes_end_before_any_work(
    mediakit: Command, place: Path, text: str, code: int, line: str, hint: str
) -> None:
    make_tone(place / "a.wav")
    write(place / "r.yaml", text)
    write(place / "two.yaml", "extends: r.yaml\n")
    before = sorted(place.parent.rglob("*"))
    for command in ("plan", "run"):
        _, err = mediakit(command, "r.yaml", code=code)
        assert err.startswith(f"error: {line}"), err
        assert hint in err
        assert len(err.splitlines()) <= 2, "one line, and a hint"
        out, err = mediakit(command, "r.yaml", "--json", code=code)
        record = json.loads(out)
        assert record["event"] == "error"
        assert record["exit_code"] == code
        assert record["message"].startswith(line)
        assert err == ""
    assert [path for path in sorted(place.parent.rglob("*")) if "cache" not in path.parts] == before


def test_recipes_that_are_no_text(mediakit: Command, place: Path) -> None:
    (place / "raw.yaml").write_bytes(b"name: \xff\xfe\n")
    (place / "large.yaml").write_bytes(b"name: " + b"x" * (1 << 20))
    (place / "dir.yaml").mkdir()
    for name, code, words in (
        ("raw.yaml", 2, "raw.yaml:1:7: is not UTF-8 text"),
        ("large.yaml", 2, "large.yaml: is larger than 1 MB"),
        ("dir.yaml", 3, "dir.yaml: is a folder"),
    ):
        _, err = mediakit("run", name, code=code)
        assert err.startswith(f"error: {words}")


def test_a_batch_finishes_its_other_items(mediakit: Command, place: Path) -> None:
    """Every kind of broken episode in one batch, between two good ones; a second run makes nothing anew."""
    folder = place / "eps"
    folder.mkdir()
    make_tone(folder / "a first.wav", level_db=-18)
    make_tone(folder / "z 最后.wav", level_db=-18)
    outside = make_tone(place / "outside.wav").path
    kinds = ("empty", "text", "truncated_tail", "no_index", "zero_duration", "picture_png", "ffconcat", "random")
    for kind in kinds:
        points_at = outside if kind == "ffconcat" else None
        make_broken(folder, kind, name=f"{kind}.mp4", points_at=points_at)
    write(place / "r.yaml", SMALL.format(master="'eps/*.*'"))
    out, err = mediakit("run", "r.yaml", code=6)
    names = set(kinds)
    failed = [line for line in err.splitlines() if line.startswith("failed: ")]
    assert len(failed) == len(kinds)
    assert {line.split(": ")[1] for line in failed} == names
    assert "2 of 10 items are finished" in err
    for item in ("a first", "z 最后"):
        packages = list((place / "out" / item / "dist").glob("*/*/*"))
        assert packages, item
        assert str(place / "out" / item / "dist") in out
    assert {path.name for path in (place / "out").iterdir() if not path.name.startswith(".")} == {"a first", "z 最后"}
    _, err = mediakit("run", "r.yaml", code=6)
    assert "0 made, 8 kept" in err
    out, err = mediakit("run", "r.yaml", "--json", code=6)
    last = json.loads(out.splitlines()[-1])
    assert last["event"] == "result"
    assert last["exit_code"] == 6
    assert set(last["items"]["failed"]) == names
    run(["-i", outside, "-c:a", "aac", folder / "empty.mp4"])
    _, err = mediakit("run", "r.yaml", code=6)
    assert "3 of 10 items are finished" in err
    assert "4 made, 8 kept" in err


def test_ingest_of_several_goes_on_without_the_broken(mediakit: Command, place: Path) -> None:
    make_tone(place / "a.wav")
    make_broken(place, "text", name="b.mp4")
    make_broken(place, "picture_png", name="c.mp4")
    out, _ = mediakit("ingest", "a.wav", "b.mp4", "c.mp4", "none.mp4", "--json", code=6)
    last = json.loads(out.splitlines()[-1])
    assert [one["name"] for one in last["assets"]] == ["a"]
    assert [one["item"] for one in last["failed"]] == ["b.mp4", "c.mp4", "none.mp4"]


def test_a_failed_render_leaves_the_last_one_as_it_was(mediakit: Command, place: Path) -> None:
    make_tone(place / "a.wav")
    write(place / "r.yaml", SMALL.format(master="a.wav"))
    mediakit("run", "r.yaml")
    kept = {path: path.read_bytes() for path in (place / "out").rglob("*") if path.is_file()}
    make_broken(place, "text", name="a.wav")
    _, err = mediakit("run", "r.yaml", code=3)
    assert "a.wav: is a text file, not media" in error_line(err)
    published = {path: path.read_bytes() for path in kept if ".mediakit" not in path.parts}
    assert published == {path: data for path, data in kept.items() if ".mediakit" not in path.parts}
