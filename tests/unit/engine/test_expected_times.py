"""How long a plan says that work takes: by kind, by what is missing, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mediakit.engine.cache import Cache
from mediakit.engine.plan import PlannedNode, _expect_jobs, _expect_total
from mediakit.engine.status import JobStatus
from mediakit.steps.base import StepSettings
from mediakit.steps.graph import Node
from mediakit.steps.jobs import Job


def status(number: int, missing: int, work: str = "piece", cost: float = 10.0) -> JobStatus:
    results = {f"r{k}": f"key{number}{k}" for k in range(4)}
    job = Job(f"{work} {number}", {}, results, cost=cost, work=work)
    return JobStatus(job, dict(list(results.items())[:missing]))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with Cache(tmp_path / "cache") as opened:
        opened.index.add_speed("render:piece", 30.0, 10.0)
        yield opened


NODE = Node("render", "", "render", StepSettings(), {})


def test_jobs_count_what_is_missing_of_them_and_run_side_by_side(cache: Cache) -> None:
    assert _expect_jobs(NODE, [status(1, 4)], cache, 2) == pytest.approx(30)
    assert _expect_jobs(NODE, [status(1, 1)], cache, 2) == pytest.approx(7.5)
    assert _expect_jobs(NODE, [status(n, 1) for n in range(8)], cache, 2) == pytest.approx(30)
    assert _expect_jobs(NODE, [status(1, 4, cost=100), status(2, 4)], cache, 2) == pytest.approx(300)


def test_kinds_of_work_have_speeds_of_their_own(cache: Cache) -> None:
    jobs = [status(1, 4), status(2, 4, "sound")]
    assert _expect_jobs(NODE, jobs, cache, 2) is None
    cache.index.add_speed("render:sound", 5.0, 10.0)
    assert _expect_jobs(NODE, jobs, cache, 1) == pytest.approx(35)


def test_items_side_by_side_gain_only_where_one_leaves_cores_free() -> None:
    def lines(jobs: int) -> list[PlannedNode]:
        return [PlannedNode(f"n{k}", f"item{k}", "render", "make", (), jobs, seconds=10.0) for k in range(4)]

    assert _expect_total(lines(1), 2) == pytest.approx(20)
    assert _expect_total(lines(9), 2) == pytest.approx(40)
    assert _expect_total([], 2) == 0
