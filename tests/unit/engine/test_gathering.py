"""A step that gathers a batch: it waits for every item's end, is told of failures, and is made in any case."""

from __future__ import annotations

import threading
from pathlib import Path

from engine_fakes import Bench

from mediakit.engine.cache import Cache
from mediakit.engine.plan import select_items
from mediakit.engine.runner import run_graph
from mediakit.errors import ToolError
from mediakit.steps.jobs import Event


def batch(bench: Bench, **texts: str) -> dict[str, Path]:
    return {name: bench.write(f"eps/{name}.txt", text) for name, text in texts.items()}


def tally(bench: Bench) -> list[str]:
    return (bench.output / "tally.txt").read_text().splitlines()


STEPS = (("fetch", {}), ("shout", {}), ("judge", {}))


def test_it_is_told_of_every_item(bench: Bench) -> None:
    items = batch(bench, a="one", b="this is broken", c="invalid", d="four")
    report = bench.run(bench.graph(*STEPS, items=items, gather={}))
    assert tally(bench) == [
        "a|a.txt|ONE@a/loud/a.txt|",
        "b|b.txt||fetch/b.txt/is broken/True",
        "c|c.txt||fetch/c.txt/is not media/True",
        "d|d.txt|FOUR@d/loud/d.txt|",
    ]
    assert bench.states(report)["tally"] == "made"
    assert report.failed_items == ("b", "c")
    assert report.exit_code == 6


def test_problems_that_stopped_nothing_are_told_too(bench: Bench) -> None:
    items = batch(bench, a="one", b="a longer one")
    report = bench.run(bench.graph(*STEPS[:2], ("judge", {"least": 5}), items=items, gather={}))
    assert tally(bench)[0] == "a|a.txt|ONE@a/loud/a.txt|judge/loud.txt/3 letters, 5 wanted/False"
    assert report.failed_items == ("a",)


def test_it_is_kept_until_an_item_changes_comes_or_goes(bench: Bench) -> None:
    items = batch(bench, a="one", b="two")
    bench.run(bench.graph(*STEPS, items=items, gather={}))
    bench.ran()
    bench.run(bench.graph(*STEPS, items=items, gather={}))
    assert bench.ran() == []
    more = {**items, **batch(bench, c="three")}
    plan = bench.plan(bench.graph(*STEPS, items=more, gather={}))
    assert {node.node: node.state for node in plan.nodes if node.item != "c"}["tally"] == "later"
    bench.run(bench.graph(*STEPS, items=more, gather={}))
    assert bench.ran() == ["fetch", "shout", "judge", "tally"], "only the new one is made"
    assert len(tally(bench)) == 3
    fewer = {"b": items["b"], "c": more["c"]}
    plan = bench.plan(bench.graph(*STEPS, items=fewer, gather={}))
    line = next(node for node in plan.nodes if node.node == "tally")
    assert (line.state, line.reasons) == ("make", ("a is no longer there",))
    bench.run(bench.graph(*STEPS, items=fewer, gather={}))
    assert [line[0] for line in tally(bench)] == ["b", "c"]
    assert bench.ran() == ["tally"]


def test_its_own_failure_is_the_runs(bench: Bench) -> None:
    items = batch(bench, a="one", b="two")
    report = bench.run(bench.graph(*STEPS, items=items, gather={"fail": True}))
    assert isinstance(report.error(), ToolError)
    assert report.exit_code == 4
    assert report.failed_items == ()


def test_some_items_alone_leave_it_out(bench: Bench) -> None:
    graph = bench.graph(*STEPS, items=batch(bench, a="one", b="two"), gather={})
    report = bench.run(select_items(graph, ["a"]))
    assert set(bench.states(report)) == {"a/fetch", "a/shout", "a/judge"}
    assert not (bench.output / "tally.txt").exists()


def test_without_a_batch_there_is_one_ending(bench: Bench) -> None:
    graph = bench.graph(*STEPS, items={"": bench.write("m.txt", "solo")}, gather={})
    bench.run(graph)
    assert tally(bench) == ["|m.txt|SOLO@loud/m.txt|"]


def test_a_missing_file_is_its_own_items_failure(bench: Bench) -> None:
    items = batch(bench, a="one", b="two")
    missing = {**items, "b": bench.folder / "gone.txt"}
    report = bench.run(bench.graph(*STEPS, items=missing, gather={}))
    assert tally(bench)[1] == "b|gone.txt||fetch/gone.txt/no such file/True"
    assert report.exit_code == 6


def test_few_items_are_worked_on_at_once_and_their_ends_are_told(bench: Bench) -> None:
    items = batch(bench, **{f"e{number:02}": f"text {number}" for number in range(30)}, x="broken")
    report = bench.run(bench.graph(*STEPS, items=items, gather={}), jobs=1)
    assert report.count("made") == 91
    told = [event for event in bench.events if event.kind == "item"]
    assert len(told) == 31
    assert [event.data["ended"] for event in told] == list(range(1, 32))
    assert sum(event.data["state"] == "failed" for event in told) == 1
    assert next(event for event in told if event.data["item"] == "x").message == "x.txt: is broken"
    open_, most = set(), 0
    for event in bench.events:
        if event.kind == "started" and event.data["item"]:
            open_.add(event.data["item"])
            most = max(most, len(open_))
        elif event.kind == "item":
            open_.discard(event.data["item"])
    assert most <= 6
    bench.events.clear()
    bench.run(bench.graph(*STEPS, items=items, gather={}))
    assert {event.data["state"] for event in bench.events if event.kind == "item"} == {"kept", "failed"}


def test_after_a_stop_the_rest_is_made_and_then_gathered(bench: Bench) -> None:
    items = batch(bench, **{f"e{number}": f"text {number}" for number in range(8)})
    cancel = threading.Event()

    def emit(event: Event) -> None:
        if event.kind == "item" and event.data["ended"] == 3:
            cancel.set()

    with Cache(bench.cache_folder) as cache:
        report = run_graph(bench.graph(*STEPS, items=items, gather={}), cache, emit=emit, cancel=cancel, jobs=1)
    assert report.exit_code == 130
    assert not (bench.output / "tally.txt").exists()
    before = bench.ran().count("judge")
    assert 3 <= before < 8
    report = bench.run(bench.graph(*STEPS, items=items, gather={}))
    assert report.exit_code == 0
    assert before + bench.ran().count("judge") == 8
    assert len(tally(bench)) == 8
