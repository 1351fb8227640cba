from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "engine_program.py"
RECIPE = """\
name: test
inputs: {master: master.txt}
variables: {slow: 0.0, count: 1}
steps:
  - fetch: {media: $master}
  - shout: {count: $count}
  - chop: {slow: $slow}
  - judge
"""
BATCH = RECIPE.replace("master.txt", "'eps/*.txt'").replace("  - judge\n", "")


class Desk:
    """A folder with a recipe, and the program to run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.log = folder / "log.txt"
        self.write("master.txt", "abcdefghijklmnopqrstuvwxyz0123456789ABCD")
        self.write("r.yaml", RECIPE)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (10**9, 10**9))
        return path

    def start(self, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "MEDIAKIT_CACHE": str(self.cache), "FAKE_LOG": str(self.log), **extra}
        return subprocess.Popen(
            [sys.executable, "-W", "error", str(PROGRAM), *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def ran(self) -> list[str]:
        words = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.write_text("")
        return words

    def wait_for(self, count: int) -> list[str]:
        """Wait until so many words are in the log."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            words = self.log.read_text().splitlines() if self.log.exists() else []
            if len(words) >= count:
                return words
            time.sleep(0.02)
        raise AssertionError("the program did not begin")

    def leftovers(self) -> list[Path]:
        """Return temporary files in the output folder and the cache."""
        found = [path for path in (self.folder / "out").rglob(".mediakit-*")]
        return found + [path for path in (self.cache / "tmp").rglob("*") if path.is_file()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def result(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["event"] == "result"
    return lines[-1]


def test_run_prints_files_to_stdout_and_progress_to_stderr(desk: Desk) -> None:
    done = desk.run("run", "r.yaml")
    assert done.returncode == 0, done.stderr
    out = desk.folder / "out"
    top, loud, pieces = done.stdout.splitlines()
    assert (top, loud) == (f"{out}/verdict.txt", f"{out}/loud/master.txt")
    assert pieces in {f"{out}/pieces/chop/{name}.txt  (and 1 more)" for name in ("plain", "reversed")}
    assert "chop: made in" in done.stderr
    assert "10 jobs" in done.stderr
    assert "\x1b" not in done.stderr
    assert "4 made, 0 kept" in done.stderr
    again = desk.run("run", "r.yaml")
    assert again.stdout == done.stdout
    assert "0 made, 4 kept" in again.stderr


def test_json_is_one_object_a_line_and_the_last_is_the_result(desk: Desk) -> None:
    done = desk.run("run", "r.yaml", "--json")
    assert done.stderr == ""
    closing = result(done)
    assert closing["made"] == 4
    assert closing["exit_code"] == 0
    assert len(closing["published"]) == 4  # type: ignore[arg-type]
    closing = result(desk.run("run", "r.yaml", "--json"))
    assert (closing["made"], closing["kept"], closing["jobs_made"]) == (0, 4, 0)


def test_failure_in_json_and_in_words(desk: Desk) -> None:
    desk.write("bad.yaml", RECIPE.replace("count: $count", "fail: true"))
    done = desk.run("run", "bad.yaml", "--json")
    closing = result(done)
    assert done.returncode == closing["exit_code"] == 4
    assert "the voice broke" in str(closing["message"])
    done = desk.run("run", "bad.yaml")
    assert done.returncode == 4
    assert "error: bad.yaml:6:5: shout: the voice broke\n  | croak\n" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("none.yaml", None, 3, "error: none.yaml: no such file"),
        ("list.yaml", "- a\n", 2, "error: list.yaml:1:1: a recipe is a mapping"),
        ("bad.yaml", "a: [1\n", 2, "error: bad.yaml:2:1: is not YAML"),
        ("step.yaml", "steps: [rnder]\n", 2, "error: step.yaml:1:9: unknown step 'rnder'"),
        ("out.yaml", "output: ../x\n" + RECIPE, 2, "error: out.yaml:1:9: '../x' is not a path below"),
        ("miss.yaml", RECIPE.replace("master.txt", "no.txt"), 3, "error: miss.yaml:2:18: no such file"),
    ],
)
def test_bad_recipes_end_with_one_clear_line(desk: Desk, name: str, text: str | None, code: int, line: str) -> None:
    if text is not None:
        desk.write(name, text)
    for command in ("run", "plan"):
        done = desk.run(command, name)
        assert done.returncode == code
        assert done.stderr.startswith(line)
        assert "Traceback" not in done.stderr
        assert not (desk.folder / "out").exists()


def test_plan_says_what_and_why(desk: Desk) -> None:
    done = desk.run("plan", "r.yaml")
    assert done.returncode == 0
    assert "fetch  make" in done.stdout
    assert "decided after fetch" in done.stdout
    assert not (desk.folder / "out").exists()
    desk.run("run", "r.yaml")
    assert "nothing to do" in desk.run("plan", "r.yaml").stdout
    done = desk.run("plan", "r.yaml", "--set", "count=3")
    assert "settings changed: count 1 → 3" in done.stdout
    closing = result(desk.run("plan", "r.yaml", "--set", "count=3", "--json"))
    assert (closing["kept"], closing["make"], closing["later"]) == (2, 1, 1)


def test_batch_goes_on_without_the_broken_item(desk: Desk) -> None:
    desk.write("b.yaml", BATCH)
    for name, text in (("a", "one"), ("b", "this is broken"), ("c", "three")):
        desk.write(f"eps/{name}.txt", text)
    done = desk.run("run", "b.yaml")
    assert done.returncode == 6
    assert "failed: b: b.yaml:5:5: b/fetch" in done.stderr
    assert "is broken" in done.stderr
    assert "2 of 3 items are finished" in done.stderr
    assert (desk.folder / "out/c/loud/c.txt").read_text() == "THREE"
    desk.ran()
    assert desk.run("run", "b.yaml").returncode == 6
    assert desk.ran() == ["fetch"]
    desk.write("eps/b.txt", "mended")
    done = desk.run("run", "b.yaml", "--json")
    assert result(done)["items"] == {"all": 3, "failed": []}
    assert desk.run("run", "b.yaml", "--only", "a").returncode == 0
    done = desk.run("run", "b.yaml", "--only", "z")
    assert done.returncode == 2
    assert "no item 'z'" in done.stderr


# Killed


def test_killed_run_goes_on_from_what_was_finished(desk: Desk) -> None:
    process = desk.start("run", "r.yaml", "--set", "slow=0.3", "--jobs", "1")
    words = desk.wait_for(6)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert desk.leftovers() or list((desk.cache / "tmp").iterdir())
    assert not (desk.folder / "out/pieces").exists()
    finished = [word for word in words if word.startswith("piece")][:-1]
    assert len(finished) >= 3
    desk.ran()
    done = desk.run("run", "r.yaml")
    assert done.returncode == 0
    again = desk.ran()
    assert not set(finished) & set(again)
    assert "fetch" not in again
    assert desk.leftovers() == []
    assert list((desk.cache / "tmp").iterdir()) == []
    text = (desk.folder / "out/pieces/chop/plain.txt").read_text()
    assert text == "ABCD|EFGH|IJKL|MNOP|QRST|UVWX|YZ01|2345|6789|ABCD"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancelled_run_ends_soon_with_130(desk: Desk, number: signal.Signals) -> None:
    process = desk.start("run", "r.yaml", "--set", "slow=0.4", "--jobs", "2", "--json")
    desk.wait_for(6)
    process.send_signal(number)
    started = time.monotonic()
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - started < 10
    assert process.returncode == 130
    assert "Traceback" not in err
    closing = json.loads(out.splitlines()[-1])
    assert closing["exit_code"] == 130
    assert desk.leftovers() == []
    desk.ran()
    assert desk.run("run", "r.yaml").returncode == 0
    assert len([word for word in desk.ran() if word.startswith("piece")]) < 9


def test_two_programs_share_a_cache(desk: Desk) -> None:
    one = desk.start("run", "r.yaml", "--set", "slow=0.1", "--output", "one", "--jobs", "3")
    two = desk.start("run", "r.yaml", "--set", "slow=0.1", "--output", "two", "--jobs", "3")
    for process in (one, two):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    words = desk.ran()
    assert len(words) == len(set(words))
    for name in ("one", "two"):
        assert (desk.folder / name / "pieces/chop/plain.txt").exists()


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte (root only: elsewhere the size of written files is limited instead)."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and shutil.which("mount") is not None
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def limit_files(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run with a limit on the size of files, which fails writes as a full disk does."""
    code = (
        "import resource, runpy, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
        f"sys.argv = ['mediakit', *{list(arguments)!r}];"
        f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"
    )
    environment = {**os.environ, "MEDIAKIT_CACHE": str(desk.cache), "FAKE_LOG": str(desk.log)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=desk.folder, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def check_full(desk: Desk, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 4, done.stderr
    assert done.stderr.count("error: ") == 1
    assert "the disk is full" in done.stderr
    assert "hint: free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.leftovers() == []
    assert not (desk.folder / "out/loud/master.txt").exists()


def test_limited_files_are_a_full_disk(desk: Desk) -> None:
    done = limit_files(desk, "run", "r.yaml", "--set", "count=20000")
    check_full(desk, done)
    done = desk.run("run", "r.yaml", "--set", "count=20000")
    assert done.returncode == 0
    assert "fetch: kept" in done.stderr
    assert (desk.folder / "out/loud/master.txt").stat().st_size == 800_000


def test_full_cache_disk(desk: Desk, small_disk: Path) -> None:
    desk.cache = small_disk / "cache"
    if not os.path.ismount(small_disk):
        check_full(desk, limit_files(desk, "run", "r.yaml", "--set", "count=50000"))
        return
    check_full(desk, desk.run("run", "r.yaml", "--set", "count=50000"))
    assert desk.run("run", "r.yaml").returncode == 0


def test_full_output_disk_keeps_the_old_file(desk: Desk, small_disk: Path) -> None:
    if not os.path.ismount(small_disk):
        check_full(desk, limit_files(desk, "run", "r.yaml", "--set", "count=50000"))
        return
    output = small_disk / "out"
    assert desk.run("run", "r.yaml", "--output", str(output)).returncode == 0
    old = (output / "loud/master.txt").read_text()
    done = desk.run("run", "r.yaml", "--output", str(output), "--set", "count=50000")
    assert done.returncode == 4
    assert "the disk is full" in done.stderr
    assert (output / "loud/master.txt").read_text() == old
    assert list(output.rglob(".mediakit-*")) == []


# clean, new, schema


def test_clean_shows_and_empties(desk: Desk) -> None:
    desk.run("run", "r.yaml")
    (desk.cache / "tmp" / "1-2-dead").mkdir()
    done = desk.run("clean")
    assert "removed what 1 dead run left" in done.stdout
    assert "chop" in done.stdout
    closing = result(desk.run("clean", "--json"))
    assert closing["bytes"] > 0  # type: ignore[operator]
    assert desk.run("clean", "--older-than", "1d").returncode == 0
    assert "0 made, 4 kept" in desk.run("run", "r.yaml").stderr
    closing = result(desk.run("clean", "--all", "--json"))
    assert closing["bytes"] == 0
    assert "4 made, 0 kept" in desk.run("run", "r.yaml").stderr
    assert desk.run("clean", "--older-than", "soon").returncode == 2


def test_cache_limit_holds(desk: Desk) -> None:
    desk.run("run", "r.yaml")
    time.sleep(3.2)
    desk.write("other.txt", "something else altogether")
    done = desk.run("run", "r.yaml", "--set", "master=other.txt", MEDIAKIT_CACHE_LIMIT="60B")
    assert done.returncode == 0
    sizes = {line["step"]: line["entries"] for line in result(desk.run("clean", "--json"))["steps"]}  # type: ignore[union-attr, index]
    assert sizes["fetch"] == 1


def test_new_project_plans_once_media_is_there(desk: Desk) -> None:
    done = desk.run("new", "show")
    assert done.returncode == 0
    assert "show/media/master.mp4" in done.stdout
    done = desk.run("plan", "show/recipe.yaml")
    assert done.returncode == 3
    assert "show/recipe.yaml:" in done.stderr
    assert "master.mp4" in done.stderr
    assert desk.run("new", "show").returncode == 2
    make_tone(desk.folder / "show" / "media" / "master.mp4")
    done = desk.run("plan", "show/recipe.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ingest      make")
    assert "package" in done.stdout


def make_tone(path: Path) -> None:
    """Write one second of sound."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 62)


def test_schemas(desk: Desk) -> None:
    names = desk.run("schema").stdout.split()
    assert {"recipe", "transcript", "shorts", "qc", "cues", "media", "rendition"} <= set(names)
    for name in names:
        done = desk.run("schema", name)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["$schema"].startswith("https://json-schema.org")
    assert desk.run("schema", "recpie").returncode == 2


def test_what_a_recipe_ingests_goes_into_its_library(desk: Desk) -> None:
    make_tone(desk.folder / "tone.wav")
    desk.write("lib.yaml", "library: shelf\nseries: 手艺\ninputs: {m: tone.wav}\nsteps:\n  - ingest: {media: $m}\n")
    for new in (1, 0):
        done = desk.run("run", "lib.yaml")
        assert done.returncode == 0, done.stderr
        assert ("1 new in the library" in done.stderr) == bool(new)
    shown = desk.run("library", "list", "--library", "shelf").stdout
    assert "tone" in shown
