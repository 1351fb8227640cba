from __future__ import annotations

import threading
import time
from pathlib import Path

import engine_fakes
import pytest
from engine_fakes import Bench

from mediakit.engine.plan import select_items
from mediakit.errors import GateError, InputError, PartialError, ToolError, UsageError


def chain(bench: Bench, **shout: object):
    media = bench.write("master.txt", "hello world")
    return bench.graph(("fetch", {"media": media}), ("shout", shout), ("propose", {}), ("chop", {}), ("judge", {}))


def read(bench: Bench, name: str) -> str:
    return (bench.output / name).read_text()


def test_everything_is_made_once_and_then_kept(bench: Bench) -> None:
    report = bench.run(chain(bench))
    assert set(bench.states(report).values()) == {"made"}
    assert report.exit_code == 0
    assert read(bench, "loud/master.txt") == "HELLO WORLD"
    assert read(bench, "pieces/chop/plain.txt").startswith("HELL|O WO|RLD")
    assert bench.output / "verdict.txt" in report.published
    assert len(bench.ran()) == report.jobs_made + 5
    again = bench.run(chain(bench))
    assert set(bench.states(again).values()) == {"kept"}
    assert bench.ran() == []
    assert again.published == report.published


def test_a_change_of_settings_remakes_what_depends_on_it(bench: Bench) -> None:
    bench.run(chain(bench))
    bench.ran()
    plan = bench.plan(chain(bench, count=2))
    assert [node.state for node in plan.nodes] == ["kept", "make", "later", "later", "later"]
    assert plan.nodes[1].reasons == ("settings changed: count 1 → 2",)
    assert plan.nodes[2].reasons == ("decided after shout",)
    assert plan.nodes[4].reasons == ("decided after shout",)
    report = bench.run(chain(bench, count=2))
    assert bench.states(report) == {
        "fetch": "kept",
        "shout": "made",
        "propose": "made",
        "chop": "made",
        "judge": "made",
    }


def test_only_the_changed_pieces_are_made(bench: Bench) -> None:
    media = bench.write("a.txt", "aaaabbbbcccc")
    graph = bench.graph(("fetch", {"media": media}), ("chop", {}))
    assert bench.run(graph).jobs_made == 3
    bench.write("a.txt", "aaaaXbbbcccc!")
    bench.ran()
    plan = bench.plan(graph)
    assert plan.nodes[0].reasons == ("a.txt changed",)
    report = bench.run(graph)
    assert (report.jobs_made, report.jobs_kept) == (2, 2)
    assert sorted(word for word in bench.ran() if word.startswith("piece")) == ["piece !", "piece Xbbb"]
    assert read(bench, "pieces/chop/plain.txt") == "AAAA|XBBB|CCCC|!"


def test_plan_counts_jobs_and_expects_a_time(bench: Bench) -> None:
    media = bench.write("a.txt", "aaaabbbbcccc")
    bench.run(bench.graph(("fetch", {"media": media}), ("chop", {"slow": 0.05})))
    plan = bench.plan(bench.graph(("fetch", {"media": media}), ("chop", {"slow": 0.05, "size": 3})))
    line = plan.nodes[1]
    assert (line.state, line.jobs_to_make, line.jobs_kept) == ("make", 4, 0)
    assert line.seconds is not None
    assert 0.1 < line.seconds < 2
    assert plan.seconds > 0


def test_plan_makes_nothing(bench: Bench) -> None:
    bench.plan(chain(bench))
    assert bench.ran() == []
    assert not bench.output.exists()


def test_new_tool_version_is_a_reason(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(chain(bench))
    monkeypatch.setitem(engine_fakes.VERSIONS, "voice", "2")
    assert bench.plan(chain(bench)).nodes[1].reasons == ("voice 1 → 2",)


def test_equal_content_under_another_name_is_kept(bench: Bench) -> None:
    one, two = bench.write("one.txt", "same"), bench.write("two.txt", "same")
    bench.run(bench.graph(("fetch", {"media": one}), ("shout", {})))
    report = bench.run(bench.graph(("fetch", {"media": two}), ("shout", {})))
    assert set(bench.states(report).values()) == {"kept"}
    assert read(bench, "loud/two.txt") == "SAME"
    assert not (bench.output / "loud" / "one.txt").exists()


def test_equal_nodes_are_made_once(bench: Bench) -> None:
    media = bench.write("a.txt", "abcdabcd")
    graph = bench.graph(
        ("fetch", {"media": media}), ("chop", {"id": "one", "slow": 0.1}), ("chop", {"id": "two", "slow": 0.1})
    )
    report = bench.run(graph, jobs=4)
    assert sorted(bench.ran()) == ["combine", "fetch", "piece abcd"]
    assert sorted(bench.states(report).values()) == ["kept", "made", "made"]
    assert read(bench, "pieces/two/plain.txt") == "ABCD|ABCD"


def test_shared_results_are_made_once_by_different_nodes(bench: Bench) -> None:
    media = bench.write("a.txt", "abcdefgh")
    graph = bench.graph(
        ("fetch", {"media": media}),
        ("chop", {"id": "one", "slow": 0.1}),
        ("chop", {"id": "two", "slow": 0.1, "fail_on": "zz"}),
    )
    bench.run(graph, jobs=8)
    assert sorted(bench.ran()) == ["combine", "combine", "fetch", "piece abcd", "piece efgh"]


def test_same_bytes_for_any_number_of_jobs(bench: Bench) -> None:
    media = bench.write("a.txt", "the quick brown fox jumps over the lazy dog")
    digests = set()
    for jobs in (1, 2, 7):
        bench.cache_folder = bench.folder / f"cache-{jobs}"
        report = bench.run(bench.graph(("fetch", {"media": media}), ("chop", {"size": 3})), jobs=jobs)
        assert report.jobs_made > 10
        assert report.nodes[1].artifact is not None
        digests.add(report.nodes[1].artifact.digest)
    assert len(digests) == 1


# Failures


def test_failure_skips_only_what_needs_it(bench: Bench) -> None:
    good, bad = bench.write("good.txt", "fine"), bench.write("bad.txt", "broken")
    graph = bench.graph(("fetch", {}), ("shout", {}), ("chop", {}), items={"bad": bad, "good": good})
    report = bench.run(graph)
    assert bench.states(report) == {
        "bad/fetch": "failed",
        "bad/shout": "skipped",
        "bad/chop": "skipped",
        "good/fetch": "made",
        "good/shout": "made",
        "good/chop": "made",
    }
    assert report.exit_code == 6
    assert report.failed_items == ("bad",)
    assert isinstance(report.error(), PartialError)
    assert read(bench, "good/loud/good.txt") == "FINE"
    bench.ran()
    bench.write("bad.txt", "mended")
    report = bench.run(graph)
    assert report.exit_code == 0
    assert sorted(word for word in bench.ran() if not word.startswith("piece")) == ["combine", "fetch", "shout"]
    assert bench.states(report)["good/shout"] == "kept"


def test_second_run_of_a_batch_does_only_what_failed(bench: Bench) -> None:
    files = {name: bench.write(f"{name}.txt", f"text {name}") for name in ("a", "b", "c")}
    bench.write("b.txt", "broken")
    graph = bench.graph(("fetch", {}), ("shout", {}), items=files)
    assert bench.run(graph).exit_code == 6
    bench.ran()
    report = bench.run(graph)
    assert bench.ran() == ["fetch"]
    assert report.exit_code == 6


def test_single_item_ends_with_the_failure_itself(bench: Bench) -> None:
    report = bench.run(chain(bench, fail=True))
    error = report.error()
    assert isinstance(error, ToolError)
    assert error.exit_code == 4
    assert error.tail == "croak"
    assert error.where == "shout"
    states = bench.states(report)
    assert [states[node] for node in ("fetch", "shout", "propose", "judge")] == ["made", "failed", "skipped", "skipped"]


def test_failed_job_keeps_the_finished_ones(bench: Bench) -> None:
    media = bench.write("a.txt", "aaaabbbbXccc")
    graph = bench.graph(("fetch", {"media": media}), ("chop", {"fail_on": "X"}))
    report = bench.run(graph, jobs=1)
    error = report.error()
    assert isinstance(error, ToolError)
    assert "chop · piece 2" in str(error)
    bench.ran()
    report = bench.run(bench.graph(("fetch", {"media": media}), ("chop", {"fail_on": None})), jobs=1)
    assert report.exit_code == 0
    assert bench.ran() == ["piece Xccc", "combine"]


def test_broken_file_is_refused_before_work_and_alone(bench: Bench) -> None:
    files = {"a": bench.write("a.txt", "invalid"), "b": bench.write("b.txt", "fine")}
    report = bench.run(bench.graph(("fetch", {}), ("shout", {}), items=files))
    assert bench.states(report) == {
        "a/fetch": "failed",
        "a/shout": "skipped",
        "b/fetch": "made",
        "b/shout": "made",
    }
    assert bench.ran().count("fetch") == 1
    plan = bench.plan(bench.graph(("fetch", {}), ("shout", {}), items=files))
    assert [node.state for node in plan.nodes] == ["failed", "failed", "kept", "kept"]


def test_all_items_broken_is_refused_at_once(bench: Bench) -> None:
    files = {"a": bench.write("a.txt", "invalid"), "b": bench.write("b.txt", "invalid")}
    with pytest.raises(InputError, match="is not media"):
        bench.run(bench.graph(("fetch", {}), items=files))
    assert bench.ran() == []


@pytest.mark.parametrize("kind", ["missing", "folder", "empty"])
def test_unusable_file_of_a_single_item_is_refused(bench: Bench, kind: str) -> None:
    media = bench.folder / "m.txt"
    if kind == "folder":
        media.mkdir()
    elif kind == "empty":
        media.write_text("")
    with pytest.raises(InputError, match={"missing": "no such file", "folder": "folder", "empty": "empty"}[kind]):
        bench.run(bench.graph(("fetch", {"media": media})))
    assert not bench.output.exists()


def test_gate_and_shortfall_set_the_exit_code_even_when_kept(bench: Bench) -> None:
    media = bench.write("a.txt", "hello")

    def graph(**judge: int):
        return bench.graph(("fetch", {"media": media}), ("shout", {}), ("judge", judge))

    for _ in range(2):
        error = bench.run(graph(most=2)).error()
        assert isinstance(error, GateError)
        assert error.hint == "be brief"
        assert isinstance(bench.run(graph(least=99)).error(), PartialError)
        both = bench.run(graph(least=99, most=2))
        assert both.exit_code == 5
    assert read(bench, "verdict.txt") == "5 0 []"
    assert bench.run(graph()).exit_code == 0


def test_unexpected_exception_is_one_line(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("oh no")

    monkeypatch.setattr(engine_fakes.Shout, "run", crash)
    error = bench.run(chain(bench)).error()
    assert error is not None
    assert str(error) == "shout: unexpected ZeroDivisionError: oh no"
    assert error.exit_code == 1


def test_file_that_changes_during_the_work_is_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    media = bench.write("a.txt", "before")

    def edit(self: object, settings: object, inputs: object, context: object) -> None:
        (context.out / "asset.txt").write_text("half old, half new")  # type: ignore[attr-defined]
        media.write_text("after!")

    monkeypatch.setattr(engine_fakes.Fetch, "run", edit)
    error = bench.run(bench.graph(("fetch", {"media": media}))).error()
    assert isinstance(error, InputError)
    assert "changed while it was used" in str(error)
    monkeypatch.undo()


def test_damaged_entry_is_reported_and_made_again(bench: Bench) -> None:
    report = bench.run(chain(bench))
    artifact = report.nodes[1].artifact
    assert artifact is not None
    path = artifact.folder / "loud.txt"
    path.chmod(0o644)
    path.write_text("HACKED WOR!")
    bench.ran()
    report = bench.run(chain(bench))
    assert any("damaged" in warning for warning in report.warnings)
    assert bench.ran() == ["shout"]
    assert bench.states(report)["propose"] == "kept"
    assert read(bench, "loud/master.txt") == "HELLO WORLD"


def test_edited_hard_link_does_not_poison_the_cache(bench: Bench) -> None:
    bench.run(chain(bench))
    published = bench.output / "loud" / "master.txt"
    assert published.stat().st_nlink == 2
    published.chmod(0o644)
    published.write_text("changed by hand")
    bench.ran()
    report = bench.run(chain(bench))
    assert bench.ran() == ["shout"]
    assert read(bench, "loud/master.txt") == "HELLO WORLD"
    assert read(bench, "loud/master.txt.old") == "changed by hand"
    assert any("loud/master.txt" in text or "master.txt" in text for text in report.warnings)


# Cancel, events


def test_cancel_stops_soon_and_keeps_what_is_finished(bench: Bench) -> None:
    media = bench.write("a.txt", "hello")
    graph = bench.graph(("fetch", {"media": media}), ("shout", {}), ("stall", {}))
    cancel = threading.Event()
    threading.Timer(0.4, cancel.set).start()
    started = time.monotonic()
    report = bench.run(graph, cancel=cancel)
    assert time.monotonic() - started < 5
    assert bench.states(report) == {"fetch": "made", "shout": "made", "stall": "cancelled"}
    assert report.exit_code == 130
    assert list((bench.cache_folder / "tmp").iterdir()) == []
    bench.ran()
    report = bench.run(bench.graph(("fetch", {"media": media}), ("shout", {}), ("stall", {"seconds": 0})))
    assert bench.ran() == ["stall"]
    assert report.exit_code == 0


def test_events_tell_the_story(bench: Bench) -> None:
    bench.run(chain(bench))
    kinds = [event.kind for event in bench.events]
    assert kinds[0] == "run"
    assert kinds.count("started") == kinds.count("finished") == 5
    fractions = [event.data["fraction"] for event in bench.events if event.kind == "progress" and event.node == "chop"]
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] <= 1


# Edits and sign-offs


def test_an_edit_becomes_an_input_and_stays(bench: Bench) -> None:
    bench.run(chain(bench))
    edited = bench.output / "proposal.txt"
    edited.write_text("my own words")
    bench.ran()
    plan = bench.plan(chain(bench))
    assert [node.state for node in plan.nodes] == ["kept", "kept", "kept", "make", "later"]
    assert plan.nodes[3].reasons == ("propose changed",)
    report = bench.run(chain(bench))
    assert edited.read_text() == "my own words"
    assert read(bench, "pieces/chop/plain.txt").replace("|", "") == "HELLO WORLDMY OWN WORDS"
    assert bench.states(report)["propose"] == "kept"
    assert bench.ran()[-2:] == ["combine", "judge"]
    bench.run(chain(bench))
    assert bench.ran() == []


def test_a_new_proposal_goes_beside_an_edit(bench: Bench) -> None:
    bench.run(chain(bench))
    edited = bench.output / "proposal.txt"
    edited.write_text("my own words")
    report = bench.run(chain(bench, count=2))
    assert edited.read_text() == "my own words"
    assert read(bench, "proposal.txt.new") == "plan: HELLO WORLDHELLO WORLD"
    assert any("proposal.txt.new" in text for text in report.warnings)
    report = bench.run(chain(bench, count=2))
    assert not any("proposal.txt.new" in text for text in report.warnings)
    edited.unlink()
    bench.run(chain(bench, count=2))
    assert edited.read_text() == "plan: HELLO WORLDHELLO WORLD"


def test_an_unedited_proposal_is_replaced(bench: Bench) -> None:
    bench.run(chain(bench))
    bench.run(chain(bench, count=2))
    assert read(bench, "proposal.txt") == "plan: HELLO WORLDHELLO WORLD"
    assert not (bench.output / "proposal.txt.new").exists()


def test_an_edit_is_safe_when_the_memory_is_lost(bench: Bench) -> None:
    bench.run(chain(bench))
    (bench.output / "proposal.txt").write_text("my own words")
    (bench.output / ".mediakit" / "state.json").unlink()
    bench.run(chain(bench, count=3))
    assert read(bench, "proposal.txt") == "my own words"


def test_sign_offs_are_inputs(bench: Bench) -> None:
    bench.run(chain(bench))
    bench.ran()
    signed = bench.write("out/signed/anna.txt", "yes")
    plan = bench.plan(chain(bench))
    assert plan.nodes[4].reasons == ("anna.txt is new",)
    bench.run(chain(bench))
    assert bench.ran() == ["judge"]
    assert "signed/anna.txt" in read(bench, "verdict.txt")
    signed.unlink()
    assert bench.run(chain(bench)).count("kept") == 5


# Publishing


def test_ended_publications_go_unless_they_were_changed(bench: Bench) -> None:
    media = bench.write("a.txt", "hello")
    fetch = ("fetch", {"media": media})
    bench.run(bench.graph(fetch, ("chop", {"id": "one"}), ("chop", {"id": "two", "size": 2}), ("shout", {})))
    mine = bench.output / "pieces" / "two" / "plain.txt"
    mine.chmod(0o644)
    mine.write_text("mine now")
    report = bench.run(bench.graph(fetch, ("shout", {})))
    assert sorted(path.relative_to(bench.output).as_posix() for path in bench.output.rglob("*.txt")) == [
        "loud/a.txt",
        "pieces/two/plain.txt",
    ]
    assert any("pieces/two/plain.txt" in text for text in report.warnings)


def test_items_left_out_keep_their_files(bench: Bench) -> None:
    files = {name: bench.write(f"{name}.txt", name) for name in ("a", "b")}
    graph = bench.graph(("fetch", {}), ("shout", {}), items=files)
    bench.run(graph)
    bench.run(select_items(graph, ["a"]))
    assert read(bench, "b/loud/b.txt") == "B"
    with pytest.raises(UsageError, match="no item 'c'"):
        select_items(graph, ["c"])


def test_two_nodes_cannot_publish_one_file(bench: Bench) -> None:
    media = bench.write("a.txt", "hello")
    graph = bench.graph(("fetch", {"media": media}), ("shout", {"id": "x"}), ("shout", {"id": "y", "count": 2}))
    report = bench.run(graph, jobs=1)
    assert report.count("failed") == 1
    assert "both publish loud/a.txt" in str(report.error())


@pytest.mark.parametrize("target", ["../escape.txt", "/tmp/escape.txt", "a/../../escape.txt", "link/escape.txt"])
def test_nothing_is_published_outside(bench: Bench, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    from mediakit.steps.base import Publication

    outside = bench.folder / "outside"
    outside.mkdir()
    bench.output.mkdir()
    (bench.output / "link").symlink_to(outside)
    monkeypatch.setattr(
        engine_fakes.Shout, "published", lambda self, settings, files, stem: [Publication("loud.txt", target)]
    )
    report = bench.run(chain(bench))
    assert report.exit_code == 2
    assert list(outside.iterdir()) == []
    assert not (bench.folder / "escape.txt").exists()


def test_what_a_killed_run_left_in_the_output_is_removed(bench: Bench) -> None:
    left = [bench.write("out/loud/.mediakit-x1", "half"), bench.write("out/.mediakit/.state.json.y2", "{")]
    mine = bench.write("out/loud/.hidden", "mine")
    bench.run(chain(bench))
    assert not any(path.exists() for path in left)
    assert mine.exists()


def test_foreign_file_is_moved_aside(bench: Bench) -> None:
    bench.write("out/loud/master.txt", "somebody's file")
    report = bench.run(chain(bench))
    assert read(bench, "loud/master.txt") == "HELLO WORLD"
    assert read(bench, "loud/master.txt.old") == "somebody's file"
    assert any("master.txt.old" in text for text in report.warnings)


def test_output_on_another_file_system_is_copied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    bench.run(chain(bench))
    published = bench.output / "loud" / "master.txt"
    assert published.read_text() == "HELLO WORLD"
    assert published.stat().st_nlink == 1


def test_missing_publication_is_put_back(bench: Bench) -> None:
    bench.run(chain(bench))
    (bench.output / "verdict.txt").unlink()
    bench.ran()
    bench.run(chain(bench))
    assert bench.ran() == []
    assert (bench.output / "verdict.txt").exists()


def test_two_runs_share_the_work(bench: Bench) -> None:
    media = bench.write("a.txt", "aaaabbbbcccc")

    def graph(output: str):
        from mediakit.steps.graph import Graph

        made = bench.graph(("fetch", {"media": media}), ("chop", {"slow": 0.2}))
        return Graph(made.name, made.nodes, made.items, bench.folder / output)

    reports = []
    threads = [
        threading.Thread(target=lambda name=name: reports.append(bench.run(graph(name), jobs=2))) for name in ("x", "y")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [report.exit_code for report in reports] == [0, 0]
    assert sorted(bench.ran()) == ["combine", "fetch", "piece aaaa", "piece bbbb", "piece cccc"]
    for name in ("x", "y"):
        assert (bench.folder / name / "pieces/chop/plain.txt").read_text() == "AAAA|BBBB|CCCC"


def test_second_run_on_one_folder_waits(bench: Bench) -> None:
    media = bench.write("a.txt", "hello")
    graph = bench.graph(("fetch", {"media": media}), ("stall", {"seconds": 0.6}))
    first = threading.Thread(target=lambda: bench.run(graph))
    first.start()
    time.sleep(0.3)
    report = bench.run(graph)
    first.join(20)
    assert bench.ran() == ["fetch", "stall"]
    assert any("another run" in text for text in report.warnings)


def test_with_nothing_to_do_no_step_is_called(bench: Bench) -> None:
    files = {f"e{number:03}": bench.write(f"e{number:03}.txt", f"text {number}") for number in range(60)}
    graph = bench.graph(("fetch", {}), ("shout", {}), ("propose", {}), items=files)
    assert bench.run(graph).count("made") == 180
    report = bench.run(graph)
    assert report.count("kept") == 180
    assert all(node.jobs_made == 0 for node in report.nodes)
