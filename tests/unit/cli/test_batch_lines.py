"""What a batch of hundreds looks like: a line an item that was made or failed, a plan of a few lines."""

from __future__ import annotations

import pytest

from mediakit.cli.batch import describe_items, describe_plan
from mediakit.cli.display import BarDisplay, Display
from mediakit.engine.plan import Plan, PlannedNode
from mediakit.engine.report import NodeReport, RunReport
from mediakit.errors import InputError
from mediakit.steps.inputs import Problem
from mediakit.steps.jobs import Event


def finished(node: str, item: str, state: str) -> Event:
    return Event("finished", node, "", {"item": item, "state": state, "seconds": 1.0, "jobs_made": 0, "jobs_kept": 0})


def ended(item: str, state: str, number: int, message: str = "") -> Event:
    return Event(
        "item",
        "",
        message,
        {"item": item, "state": state, "seconds": 34.2, "ended": number, "items": 200, "failed": state == "failed"},
    )


def story() -> list[Event]:
    weights = {f"e{number}/a": 1.0 for number in range(200)} | {"overview": 1.0}
    events = [Event("run", "", "r", {"nodes": 201, "items": 200, "weights": weights})]
    for number in range(197):
        events += [finished(f"e{number}/a", f"e{number}", "kept"), ended(f"e{number}", "kept", number + 1)]
    events += [Event("started", "e197/a", "", {"item": "e197", "reasons": [], "jobs": 0})]
    events += [Event("warning", "e197/a", f"wording {number}") for number in range(30)]
    events += [Event("warning", "e197", "shorts.yaml was edited and stays as it is")]
    events += [finished("e197/a", "e197", "made"), ended("e197", "made", 198)]
    events += [Event("problem", "e198/a", "shorts: 1 of 2", {"exit_code": 6}), finished("e198/a", "e198", "made")]
    events += [ended("e198", "failed", 199, "shorts: 1 of 2"), finished("e199/a", "e199", "failed")]
    events += [ended("e199", "failed", 200, "e199.mp4: is empty"), finished("overview", "", "made")]
    return events


@pytest.mark.parametrize("kind", [Display, BarDisplay])
def test_an_item_is_a_line_unless_it_is_kept(kind: type[Display], capsys: pytest.CaptureFixture[str]) -> None:
    with kind() as display:
        for event in story():
            display(event)
        more = display.left_out()
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert [line for line in lines if "wording" not in line] == [
        "warning: e197: shorts.yaml was edited and stays as it is",
        "[198/200] e197: made in 34 s",
        "[199/200] e198: shorts: 1 of 2",
        "[200/200] e199: e199.mp4: is empty",
        "overview: made in 1.0 s",
    ]
    assert sum("wording" in line for line in lines) == 20
    assert more is not None
    assert more.startswith("10 more warnings")


def test_time_left_is_that_of_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("mediakit.cli.display.time.monotonic", lambda: now[0])
    with BarDisplay() as display:
        events = story()
        for event in events[: events.index(next(one for one in events if one.kind == "started"))]:
            display(event)
        now[0] = 5.0
        display(Event("started", "e197/a", "", {"item": "e197", "reasons": [], "jobs": 0}))
        now[0] = 25.0
        display(Event("progress", "e197/a", "", {"fraction": 0.5}))
        assert display._bars is not None
        left = display._bars.tasks[0].fields["left"]
    assert left == "197/200  2 min 20 s left", "half of one of four was made in 20 s"


def test_the_closing_report_tells_failed_from_incomplete() -> None:
    problem = Problem(6, "shorts", "1 of 2 shorts")
    nodes = (
        NodeReport("a/x", "a", "x", "made"),
        NodeReport("b/x", "b", "x", "made", problems=(problem,)),
        NodeReport("c/x", "c", "x", "failed", error=InputError("is empty", where="c.mp4", hint="copy it again")),
        NodeReport("c/y", "c", "y", "skipped", needs="c/x"),
    )
    assert list(describe_items(RunReport(("a", "b", "c"), nodes))) == [
        "incomplete: b: shorts: 1 of 2 shorts",
        "failed: c: c.mp4: is empty",
        "  hint: copy it again",
        "1 of 3 items are finished; 1 failed, 1 incomplete, see above",
    ]


def test_a_plan_of_hundreds_is_a_table_of_steps() -> None:
    nodes = []
    for number in range(200):
        item = f"第{number}集"
        state = "failed" if number == 7 else "kept" if number else "make"
        reasons = ("is empty",) if number == 7 else () if number else ("settings changed: count 1 → 2",)
        nodes.append(PlannedNode(f"{item}/ingest", item, "ingest", state, reasons, seconds=2.0 if not number else None))
        later = "failed" if number == 7 else "kept" if number else "later"
        why = (f"needs {item}/ingest",) if number == 7 else () if number else (f"decided after {item}/ingest",)
        nodes.append(PlannedNode(f"{item}/render", item, "render", later, why))
    nodes.append(PlannedNode("overview", "", "overview", "later", ("decided after 1 items",)))
    lines = list(describe_plan(Plan("r", tuple(f"第{n}集" for n in range(200)), tuple(nodes), 2.0, ())))
    assert [line.split() for line in lines[1:4]] == [
        ["ingest", "198", "1", "·", "1", "~2.0", "s"],
        ["render", "198", "·", "1", "1"],
        ["overview", "·", "·", "1", "·"],
    ]
    assert lines[4:] == [
        "why: settings changed: count 1 → 2 (1 times)",
        "cannot be made: 第7集/ingest: is empty",
        "1 of 200 items have something to do: 第0集; --only ITEM tells all of one",
    ]
