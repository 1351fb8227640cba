"""``ingest``, ``library`` and ``doctor`` as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_broken, make_clip, make_tone

from mediakit.library.assets import Library
from mediakit.media.transcript import Recogniser, Segment, Transcript

Command = Callable[..., tuple[str, str]]


def start(*words: str | Path, code: int = 0, **environment: str) -> tuple[str, str]:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mediakit", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def result(text: str) -> dict[str, Any]:
    """Return the last of the JSON lines, having read them all."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    return lines[-1]


def test_from_a_card_to_the_library_and_back(place: Path, mediakit: Command):
    (place / "card" / "A").mkdir(parents=True)
    clip = make_clip(place / "card" / "A" / "C0001.mp4", duration=1)
    make_tone(place / "card" / "atmo.wav", duration=1)
    (place / "card" / "notes.txt").write_text("not media")
    said = ["--series", "工匠", "--column", "晚间", "--tag", "焊接", "--note", "第一天 first day"]
    said += ["--shot-on", "2026-05-01"]
    out, _ = mediakit("ingest", "card", *said, "--proxy", "--json")
    done = result(out)
    assert done["event"] == "result"
    assert [(a["name"], a["new"]) for a in done["assets"]] == [("C0001", True), ("atmo", True)]
    assert Path(done["assets"][0]["proxy"]).is_file()
    assert Path(done["assets"][0]["thumbnail"]).is_file()

    shutil.copy(clip.path, place / "copy of it.mp4")
    out, _ = mediakit("ingest", "copy of it.mp4")
    assert "known" in out
    assert f"exact duplicate of {clip.path}" in out

    listed = result(mediakit("library", "list", "--series", "工匠", "--json")[0])["assets"]
    assert [a["name"] for a in listed] == ["C0001", "atmo"]
    counts = result(mediakit("library", "list", "--counts", "--json")[0])["counts"]
    minutes = pytest.approx(2 / 60, abs=0.01)
    assert counts == [{"series": "工匠", "column": "晚间", "clips": 2, "shoots": 1, "minutes": minutes}]

    with Library.open(place / "library") as library:
        words = Transcript(
            language="zh", duration=1, recogniser=Recogniser(engine="import"),
            segments=(Segment(start=0.5, end=1, text="我叫王芳"),),
        )  # fmt: skip
        library.add_transcript(listed[0]["digest"], words)
    for query in ("王芳", "芳", "焊", "FIRST", "工匠 王芳"):
        found = result(mediakit("library", "search", *query.split(), "--json")[0])["found"]
        assert "C0001" in [one["name"] for one in found], query
    out, _ = mediakit("library", "search", "王芳")
    assert "transcript 0:01: 我叫[王芳]" in out
    out, _ = mediakit("library", "show", "C0001")
    for part in ("我叫王芳", "h264", "stereo", "工匠", "2026-05-01", str(clip.path)):
        assert part in out

    mediakit("library", "verify")
    (place / "copy of it.mp4").unlink()
    clip.path.write_bytes(b"something else")
    out, _ = mediakit("library", "verify", "--json", code=3)
    assert [(Path(f["path"]).name, f["state"]) for f in result(out)["bad"]] == [
        ("C0001.mp4", "changed"),
        ("copy of it.mp4", "missing"),
    ]


def test_bad_files_do_not_stop_good_ones(place: Path, mediakit: Command):
    make_clip(place / "good.mp4", duration=0.4)
    for kind in ("text", "empty", "no_index", "picture_png"):
        make_broken(place, kind, name=f"{kind}.mp4")
    bad = ("text.mp4", "empty.mp4", "no_index.mp4", "picture_png.mp4", "gone.mp4")
    out, _ = mediakit("ingest", "good.mp4", *bad, code=6)
    assert "new" in out.splitlines()[0]
    assert out.count("failed") == 5
    out, _ = mediakit("ingest", "good.mp4", "text.mp4", "gone.mp4", "--json", code=6)
    done = result(out)
    assert [a["name"] for a in done["assets"]] == ["good"]
    assert [f["item"] for f in done["failed"]] == ["text.mp4", "gone.mp4"]
    mediakit("ingest", "text.mp4", "gone.mp4", code=3)


@pytest.mark.parametrize("kind", ["text", "empty", "missing", "picture_jpg", "truncated_tail", "zero_duration"])
def test_one_bad_file_is_one_clear_line(place: Path, mediakit: Command, kind: str):
    broken = make_broken(place, kind)
    out, err = mediakit("ingest", broken.path.name, code=3)
    assert out == ""
    assert err.count("error: broken.mp4: ") == 1
    out, _ = mediakit("ingest", broken.path.name, "--json", code=3)
    assert result(out)["event"] == "error"
    assert result(out)["exit_code"] == 3
    assert not (place / "library" / "thumbnails").exists()


def test_the_second_time_nothing_is_made_again(place: Path, mediakit: Command):
    make_clip(place / "a.mp4", duration=0.4)
    mediakit("ingest", "a.mp4", "--proxy")
    _, err = mediakit("ingest", "a.mp4", "--proxy", "--series", "new words shape nothing")
    assert "kept" in err
    assert "made" not in err


def test_names_that_look_like_options_and_urls(place: Path, mediakit: Command):
    clip = make_clip(place / "a.mp4", duration=0.2)
    for name in ("-dash.mp4", "a:b.mp4", 'it\'s "so".mp4', "中文 😀.mp4"):
        shutil.copy(clip.path, place / name)
        mediakit("ingest", "--", name)
    start("ingest", "--", "-dash.mp4")
    with Library.open(place / "library") as library:
        assert len(library.list_assets()[0].paths) == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ingest"], 2),
        (["ingest", "a.mp4", "b.mp4", "--name", "x"], 2),
        (["ingest", "a.mp4", "--shot-on", "yesterday"], 2),
        (["library", "list"], 3),
        (["library", "search", "x"], 3),
        (["library", "show", "x"], 3),
        (["library", "nothing"], 2),
    ],
)
def test_wrong_use(place: Path, mediakit: Command, words: list[str], code: int):
    mediakit(*words, code=code)


def test_doctor(place: Path, mediakit: Command):
    out, _ = mediakit("doctor", "--json")
    done = result(out)
    assert done["ready"] is True
    assert {"ffmpeg", "chinese font", "sqlite", "faster-whisper"} <= {check["name"] for check in done["checks"]}
    out, _ = start("doctor", code=4, MEDIAKIT_FFMPEG=str(place / "none"))
    assert "MISSING" in out
    assert "get it:" in out
