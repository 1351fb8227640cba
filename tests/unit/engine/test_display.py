from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_fakes import Bench

from mediakit.cli.chain import Link, run_chain
from mediakit.cli.display import BarDisplay, Display, JsonDisplay, format_seconds, open_display, print_result
from mediakit.errors import GateError, ToolError, UsageError
from mediakit.steps.jobs import Event

STORY = [
    Event("run", "", "test", {"nodes": 3, "items": 1, "weights": {"a": 1.0, "b": 3.0, "c": 1.0}}),
    Event("finished", "a", "", {"state": "kept", "seconds": 0.0, "jobs_made": 0, "jobs_kept": 0}),
    Event("reading", "b", "master.mp4", {"fraction": 0.4}),
    Event("started", "b", "", {"reasons": ["settings changed: count 1 → 2"], "jobs": 4}),
    Event("progress", "b", "", {"fraction": 0.5, "jobs_done": 2, "jobs": 4}),
    Event("warning", "b", "the picture is dark"),
    Event("problem", "b", "tv: too loud", {"exit_code": 5}),
    Event("finished", "b", "", {"state": "made", "seconds": 75.2, "jobs_made": 3, "jobs_kept": 1}),
    Event("finished", "c", "c: it broke", {"state": "failed", "seconds": 1.0, "jobs_made": 0, "jobs_kept": 0}),
]
LINES = """\
a: kept
warning: b: the picture is dark
problem: b: tv: too loud
b: made in 1 min 15 s, 3 of 4 jobs run (settings changed: count 1 → 2)
c: failed (c: it broke)
"""


@pytest.mark.parametrize("kind", [Display, BarDisplay])
def test_lines_are_plain_and_on_stderr(kind: type[Display], capsys: pytest.CaptureFixture[str]) -> None:
    with kind() as display:
        for event in STORY:
            display(event)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.rstrip("\n") == LINES.rstrip("\n")


def test_json_display_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonDisplay() as display:
        for event in STORY:
            display(event)
    shown = capsys.readouterr()
    assert shown.err == ""
    records = [json.loads(line) for line in shown.out.splitlines()]
    assert [record["event"] for record in records] == [event.kind for event in STORY]
    assert records[4]["fraction"] == 0.5


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert isinstance(open_display(True), JsonDisplay)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.9, "9.9 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_times_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_results(capsys: pytest.CaptureFixture[str]) -> None:
    print_result({"output_folder": "x", "files": ["a", "b"], "nothing": None}, False)
    assert capsys.readouterr().out == "output folder: x\na\nb\n"
    print_result({"files": [Path("a")]}, True)
    assert json.loads(capsys.readouterr().out) == {"event": "result", "files": ["a"]}


# Commands as chains


def chain(bench: Bench, *links: Link, **options: object):
    return run_chain(links, command="test", json_output=False, cache=bench.cache_folder, **options)  # type: ignore[arg-type]


def test_targets_name_files_and_folders(bench: Bench) -> None:
    media = bench.write("m.txt", "hello")
    wanted, folder = bench.folder / "sub" / "mine.txt", bench.folder / "dir"
    result = chain(
        bench,
        Link("fetch", {"media": media, "script": None}),
        Link("shout", {}, targets={"loud.txt": wanted}),
        Link("chop", {}, targets={"*": folder}),
    )
    assert result.published == (wanted, folder / "plain.txt", folder / "reversed.txt")
    assert wanted.read_text() == "HELLO"
    assert [artifact.type for artifact in result.artifacts] == ["asset", "loud", "pieces"]
    assert not bench.output.exists()
    assert not (bench.folder / ".mediakit").exists()


def test_output_folder_takes_the_steps_own_publications(bench: Bench) -> None:
    media = bench.write("m.txt", "hello")
    chain(bench, Link("fetch", {"media": media}), Link("shout", {}), output=bench.output)
    assert (bench.output / "loud" / "m.txt").read_text() == "HELLO"


def test_a_command_never_overwrites_an_edit(bench: Bench) -> None:
    media, target = bench.write("m.txt", "hello"), bench.folder / "p.txt"
    links = [Link("fetch", {"media": media}), Link("shout", {}), Link("propose", {}, targets={"proposal.txt": target})]
    chain(bench, *links)
    chain(bench, *links)
    assert target.read_text() == "plan: HELLO"
    target.write_text("mine")
    result = chain(bench, *links)
    assert target.read_text() == "mine"
    assert result.published[-1] == bench.folder / "p.txt.new"
    assert result.published[-1].read_text() == "plan: HELLO"


def test_problems_are_raised_after_publishing(bench: Bench) -> None:
    media, target = bench.write("m.txt", "hello"), bench.folder / "v.txt"
    links = [Link("fetch", {"media": media}), Link("shout", {}), Link("judge", {"most": 1}, {"verdict.txt": target})]
    with pytest.raises(GateError, match="5 letters, at most 1 wanted"):
        chain(bench, *links)
    assert target.exists()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (Link("shout", {"count": 0}), "shout: count: input should be greater than or equal to 1, got 0"),
        (Link("shout", {"cuont": 1}), "shout: unknown key 'cuont'"),
        (Link("shuot", {}), "unknown step 'shuot'"),
        (Link("judge", {}), "judge needs loud"),
    ],
)
def test_wrong_settings_of_a_command(bench: Bench, link: Link, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        chain(bench, Link("fetch", {"media": bench.write("m.txt", "x")}), link)
    assert str(caught.value).startswith(words)


def test_failure_of_a_command_names_its_step(bench: Bench) -> None:
    with pytest.raises(ToolError) as caught:
        chain(bench, Link("fetch", {"media": bench.write("m.txt", "x")}), Link("shout", {"fail": True}))
    assert str(caught.value) == "shout: the voice broke"


def test_target_that_is_a_folder(bench: Bench) -> None:
    media = bench.write("m.txt", "hello")
    with pytest.raises(UsageError, match="is a folder"):
        chain(bench, Link("fetch", {"media": media}), Link("shout", {}, targets={"loud.txt": bench.folder}))
