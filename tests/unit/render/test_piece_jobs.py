"""How the pictures of a piece are shared out among jobs: as few as keep to a core's memory, each picture once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mediakit.render.drawing import Drawing
from mediakit.render.scene import Plain
from mediakit.render.spec import Encoding, PictureSpec
from mediakit.steps.jobs import CORE_MB
from mediakit.steps.render_piece import PieceJob

SIZES = [(1920, 1080), (1080, 1920), (1280, 720), (1080, 1080), (3840, 2160), (640, 360)]


def piece(sizes: list[tuple[int, int]], preset: str) -> PieceJob:
    encoding = Encoding("h264", preset, 21.0, 50, 2)
    specs = [PictureSpec(width, height, Fraction(25), "pad", encoding) for width, height in sizes]
    drawings = {f"p{number}": (f"key{number}", Drawing(spec)) for number, spec in enumerate(specs)}
    return PieceJob((Plain("#000000", 50),), Fraction(25), drawings=drawings)


def test_a_few_pictures_are_one_job_and_many_are_shared_out_evenly() -> None:
    (one,) = piece(SIZES[:4], "veryfast").jobs("piece 1/9")
    assert (one.id, one.cores, set(one.results)) == ("piece 1/9", 1, {"p0", "p1", "p2", "p3"})
    first, second = piece(SIZES[:4], "medium").jobs("piece 1/9")
    assert (first.id, second.id) == ("piece 1/9, part 1/2", "piece 1/9, part 2/2")
    assert abs(first.memory_mb - second.memory_mb) < 60


@given(st.lists(st.sampled_from(SIZES), min_size=1, max_size=9), st.sampled_from(["veryfast", "medium", "slow"]))
def test_every_picture_is_made_by_one_job_that_knows_of_it(sizes: list[tuple[int, int]], preset: str) -> None:
    made = piece(sizes, preset)
    jobs = made.jobs("piece")
    names = [name for job in jobs for name in job.results]
    assert sorted(names) == sorted(made.drawings)
    for job in jobs:
        assert set(job.payload["drawings"]) == set(job.results)
        assert all(made.ids[name] == job.id for name in job.results)
        assert job.memory_mb <= CORE_MB or len(job.results) == 1
    assert len({job.id for job in jobs}) == len(jobs)


def test_keys_do_not_depend_on_the_sharing() -> None:
    alone = piece([(1920, 1080)], "medium").jobs("a")[0]
    crowd = piece([(1920, 1080)] * 5, "medium")
    assert {"p0": alone.results["p0"]}.items() <= {
        k: v for job in crowd.jobs("b") for k, v in job.results.items()
    }.items()
    assert replace(alone, id="b").payload["scene"] == crowd.jobs("b")[0].payload["scene"]
