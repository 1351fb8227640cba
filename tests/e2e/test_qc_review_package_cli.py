"""The commands qc, review and package, from a folder of renditions to what goes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from media_factory import run

from mediakit.cli.app import run_command
from mediakit.delivery.bag import verify_bag
from mediakit.media.digests import digest_file
from mediakit.media.qcreport import QcReport
from mediakit.media.rendition import Rendition, RenditionFile

STEM = "第一集 it’s “好” 🎬"
CHANNELS = """
small:
  title: 小竖屏
  container: mp4
  frame: {width: 108, height: 192, fps: 25}
  fit: crop
  video: {codec: h264, gop_seconds: 2, max_rate: 2M, buffer: 2M}
  audio: {codec: aac, loudness: podcast}
  limits: {duration: 60, title: 2-6, title_symbols: "《》"}
  source: a test
  grade: M
  checked_on: 2026-11-22
loud:
  extends: small
  title: 大声
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds in the channel's form at −16 LUFS."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    tags = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    noise = "anoisesrc=c=pink:r=48000:a=0.2:d=3:seed="
    run(
        [
            *("-f", "lavfi", "-i", f"testsrc2=s=108x192:r=25:d=3,{tags}"),
            *("-f", "lavfi", "-i", f"{noise}1", "-f", "lavfi", "-i", f"{noise}2"),
            *("-filter_complex", "[1:a][2:a]join=inputs=2:channel_layout=stereo,volume=10.1dB[a]"),
            *("-map", "0:v", "-map", "[a]", "-c:v", "libx264", "-preset", "veryfast", "-g", "50"),
            *("-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart", path),
        ]
    )
    return path


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    path = tmp_path / "channels.yaml"
    path.write_text(CHANNELS, encoding="utf-8")
    return path


def place(root: Path, film: Path, channel: str, volume: str = "0dB") -> Path:
    """Put a rendition below ``root`` as rendering leaves it; return its main file."""
    folder = root / channel / STEM
    folder.mkdir(parents=True)
    main = folder / f"{STEM}.mp4"
    run(["-i", film, "-c:v", "copy", "-af", f"volume={volume}", "-movflags", "+faststart", main])
    (folder / f"{STEM}.zh.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\n钟表匠\n", encoding="utf-8")
    files = tuple(
        RenditionFile(path=path.name, role=role, digest=digest_file(path), size=path.stat().st_size)  # type: ignore[arg-type]
        for path, role in ((main, "programme"), (folder / f"{STEM}.zh.srt", "subtitle"))
    )
    rendition = Rendition(
        channel=channel,
        stem=STEM,
        source_digest="0" * 64,
        duration=3.0,
        frames=75,
        width=108,
        height=192,
        main=main.name,
        files=files,
    )
    rendition.write(folder / "rendition.json")
    return main


def command(*words: str | Path) -> int:
    return run_command([str(word) for word in words])


def test_qc_of_a_foreign_file(film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "out" / "报告.json"
    assert command("qc", film, "--channel", "small", "--channels", channels, "--report", report) == 0
    found = QcReport.read(report)
    assert found.channel == "small"
    assert found.file_digest == digest_file(film)
    assert {c.id: c.verdict for c in found.checks}["safe_area"] == "unmeasured"
    out = capfd.readouterr().out
    assert "integrated loudness −16" in out
    assert str(tmp_path) not in report.read_text()


def test_qc_fails_with_five_and_says_why(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main = place(tmp_path / "render", film, "small", "-8dB")
    assert command("qc", main, "--channels", channels, "--json", "-o", tmp_path / "reports") == 5
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[-1]["event"] == "result"
    checks = {check["id"]: check for check in lines[-1]["reports"][0]["checks"]}
    assert checks["loudness"]["verdict"] == "fail"
    assert "LUFS, limit −16 ±1" in checks["loudness"]["message"]
    assert checks["safe_area"]["verdict"] == "pass"
    assert (tmp_path / "reports" / f"{main.name}.qc.json").is_file()


def test_qc_is_deterministic(film: Path, channels: Path, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        command("qc", film, "-c", "small", "--channels", channels, "--report", tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["qc", "{film}", "--channel", "smal"], 2, "small"),
        (["qc", "{film}"], 2, "--channel"),
        (["qc", "{film}", "-c", "small", "--only", "loudnes"], 2, "loudness"),
        (["qc", "{film}", "-c", "small", "--profile", "none"], 2, "profile"),
        (["qc", "nothing.mp4", "-c", "small"], 3, "no such file"),
        (["qc", "{folder}", "-c", "small"], 3, "folder"),
    ],
)
def test_qc_mistakes_end_with_one_clear_line(
    film: Path, channels: Path, words: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    filled = [word.format(film=film, folder=film.parent) for word in words]
    assert command(*filled, "--channels", channels) == code
    err = capfd.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_one_bad_file_does_not_stop_the_others(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "note.mp4"
    bad.write_text("no film")
    code = command("qc", bad, film, "-c", "small", "--channels", channels, "-o", tmp_path / "r")
    assert code == 6
    assert (tmp_path / "r" / "film.mp4.qc.json").is_file()
    assert "note.mp4" in capfd.readouterr().err


def test_changed_file_loses_what_was_planned_for_it(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main = place(tmp_path / "render", film, "small")
    main.write_bytes(film.read_bytes() + b"\0" * 8)
    command("qc", main, "-c", "small", "--channels", channels)
    assert "is not the file that" in capfd.readouterr().err


def test_review_from_unsigned_to_void(film: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main = place(tmp_path / "out" / "render", film, "small")
    (tmp_path / "out" / ".mediakit").mkdir()
    assert command("review", "status", main) == 5
    assert command("review", "sign", main, "--by", "李四", "--role", "department") == 5
    assert "review sign --role editor comes first" in capfd.readouterr().err
    assert command("review", "sign", main, "--by", "张三", "--role", "editor", "--note", "可播") == 0
    assert command("review", "sign", main, "--by", "张三", "--level", "2") == 5
    assert command("review", "sign", main, "--by", "李四", "--level", "2") == 0
    assert command("review", "status", main, "--levels", "2") == 0
    assert (tmp_path / "out" / "review.json").is_file()
    capfd.readouterr()
    assert command("review", "status", main, "--json") == 5
    result = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert result["files"][0]["missing"] == ["leader"]
    main.write_bytes(main.read_bytes() + b"\0")
    assert command("review", "status", main, "--levels", "1") == 5
    assert "void: the file changed after it was signed" in capfd.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["--role", "boss"], ["--level", "4"], [], ["--role", "editor", "--level", "1"]],
)
def test_review_sign_mistakes(film: Path, tmp_path: Path, words: list[str]) -> None:
    main = place(tmp_path / "render", film, "small")
    assert command("review", "sign", main, "--by", "张三", *words) == 2
    assert not list(tmp_path.rglob("review.json"))


def test_only_what_passed_and_is_signed_is_packaged(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "render"
    good, loud = place(root, film, "small"), place(root, film, "loud", "6dB")
    for main in (good, loud):
        command("qc", main, "--channels", channels, "--report", main.parent / "qc.json")
    options = ["--channels", channels, "--series", "大国工匠", "--episode", "3", "--title", "《钟表匠》"]
    capfd.readouterr()
    assert command("package", root, "-o", tmp_path / "dist", "--review", "1", *options) == 5
    assert "sign-off missing: editor" in capfd.readouterr().out
    assert not list((tmp_path / "dist").glob("*/*"))
    ledger = ["--ledger", tmp_path / "review.json"]
    command("review", "sign", good, loud, "--by", "张三", "--role", "editor", *ledger)
    assert command("package", root, "-o", tmp_path / "dist", "--review", "1", *options, *ledger, "--json") == 5
    result = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert [one["channel"] for one in result["packages"]] == ["small"]
    assert "its quality check failed: " in result["left_out"][0]["reasons"][0]
    folder = tmp_path / "dist" / result["packages"][0]["folder"]
    assert verify_bag(folder) == []
    assert digest_file(folder / "data" / good.name) == digest_file(good)
    assert (tmp_path / "dist" / "index.json").is_file()
    assert "大国工匠 3" in (tmp_path / "dist" / "index.md").read_text()
    for path in (tmp_path / "dist").rglob("*"):
        if path.suffix in (".json", ".txt", ".md"):
            assert str(tmp_path) not in path.read_text()


def test_re_render_needs_new_sign_off_before_packaging(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main = place(tmp_path / "render", film, "small")
    command("review", "sign", main, "--by", "张三", "--role", "editor", "--ledger", tmp_path / "review.json")
    for path in main.parent.iterdir():
        path.unlink()
    main.parent.rmdir()
    main = place(tmp_path / "render", film, "small", "-0.5dB")
    options = ["--channels", channels, "--review", "1", "--ledger", tmp_path / "review.json"]
    capfd.readouterr()
    assert command("package", tmp_path / "render", "-o", tmp_path / "dist", *options) == 5
    assert "void: the file changed after it was signed" in capfd.readouterr().out


def test_file_changed_after_rendering_is_refused(
    film: Path, channels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main = place(tmp_path / "render", film, "small")
    (main.parent / f"{STEM}.zh.srt").write_text("changed", encoding="utf-8")
    assert command("package", tmp_path / "render", "-o", tmp_path / "dist", "--channels", channels) == 5
    assert "changed after it was rendered" in capfd.readouterr().out


@pytest.mark.parametrize(("title", "code"), [("钟表匠", 0), ("匠", 5), ("一个很长很长的标题", 5), ("钟表匠!", 5)])
def test_words_that_the_outlet_refuses_keep_it_back(
    film: Path, channels: Path, tmp_path: Path, title: str, code: int
) -> None:
    place(tmp_path / "render", film, "small")
    words = ["--channels", channels, "--title", title]
    assert command("package", tmp_path / "render", "-o", tmp_path / "dist", *words) == code


def test_empty_folder_is_an_input_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert command("package", tmp_path / "empty", "-o", tmp_path / "dist") == 3
    assert "rendition.json" in capfd.readouterr().err
    assert not (tmp_path / "dist").exists()
