"""Quality checks of a rendered file: piece by piece, equal to measuring it whole, and only what changed again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip, read_counters
from render_bench import Bench, file_ref, read_rendition, tiny_channel

from mediakit.media.packets import PacketIndex
from mediakit.media.qcreport import QcReport
from mediakit.media.rendition import Rendition, RenditionPiece
from mediakit.steps.inputs import Inputs
from mediakit.steps.qc import Qc, QcSettings
from mediakit.steps.qc_plan import group_pieces
from mediakit.tools.scan import index_packets

CHANNELS = {
    "burned": tiny_channel(
        frame={"width": 320, "height": 180, "fps": 25}, subtitles={"profile": "netflix_en", "mode": "burn"}
    ),
    "plain": tiny_channel(title="plain"),
    "sound": tiny_channel(title="sound", container="m4a", frame=None, video=None),
}
CUES = """1
00:00:01,000 --> 00:00:03,000
{word}

2
00:00:12,000 --> 00:00:14,000
last
"""


class Desk:
    """Runs the qc step and keeps results by key, as the cache does."""

    def __init__(self, folder: Path, bench: Bench, channels: dict[str, Any] = CHANNELS) -> None:
        self.folder, self.bench, self.channels = folder, bench, channels
        self.kept: dict[str, Path] = {}
        self.made: list[tuple[str, str]] = []
        self.runs = 0

    def check(self, renditions: Path) -> dict[str, QcReport]:
        step, settings = Qc(), QcSettings(channel_definitions=self.channels)
        inputs = Inputs({"renditions": (self.bench.artifact("renditions", renditions),)})
        self.runs += 1
        self.made = []
        results: dict[str, Mapping[str, Path]] = {}
        jobs = step.jobs(settings, inputs)
        for number, job in enumerate(jobs):
            wanted = [name for name, key in job.results.items() if key not in self.kept]
            if wanted:
                out = self.folder / f"{self.runs}-{number}"
                step.run_job(job, wanted, self.bench.context(out, []))
                self.made += [(job.id, name) for name in wanted]
                self.kept |= {job.results[name]: out / name for name in wanted}
            results[job.id] = {name: self.kept[key] for name, key in job.results.items()}
        whole = self.bench.context(self.folder / f"out{self.runs}", [])
        step.combine(settings, inputs, jobs, results, whole)
        return {path.parent.parent.name: QcReport.read(path) for path in whole.out.rglob("qc.json")}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    return make_clip(folder / "片 子.mp4", duration=16.0, codec="h264b", gop=25, audio=("stereo",)).path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def first(bench: Bench, source: Path) -> Path:
    return render(bench, source)


def render(bench: Bench, source: Path, word: str = "first") -> Path:
    cues = bench.folder / f"{word}.srt"
    cues.parent.mkdir(exist_ok=True)
    cues.write_text(CUES.format(word=word), encoding="utf-8")
    values = {"subtitles": file_ref(cues)}
    settings = {"channels": list(CHANNELS), "channel_definitions": CHANNELS, "subtitles": cues}
    return bench.render(bench.ingest(source), values, **settings)


def test_a_rendition_names_the_pieces_that_it_was_joined_from(first: Path, source: Path) -> None:
    main, record = read_rendition(first, "plain", source.stem)
    assert len(record.pieces) > 3
    assert [piece.first for piece in record.pieces] == [
        sum(piece.frames for piece in record.pieces[:number]) for number in range(len(record.pieces))
    ]
    assert sum(piece.frames for piece in record.pieces) == record.frames == len(read_counters(main))
    index: PacketIndex = index_packets(main, 0)
    assert all(index.idr[index.order[piece.first]] for piece in record.pieces)
    sound = read_rendition(first, "sound", source.stem)[1]
    assert sound.pieces == ()
    assert read_rendition(first, "burned", source.stem)[1].sound_key == record.sound_key != sound.sound_key


def test_pieces_give_the_report_of_the_whole(bench: Bench, first: Path, tmp_path: Path) -> None:
    pieced = Desk(tmp_path / "pieced", bench).check(first)
    bare = tmp_path / "bare"
    shutil.copytree(first, bare)
    for path in bare.rglob("rendition.json"):
        Rendition.read(path).model_copy(update={"pieces": ()}).write(path)
    desk = Desk(tmp_path / "whole", bench)
    assert desk.check(bare) == pieced
    assert len(desk.made) == 3
    assert {check.id for check in pieced["plain"].checks} > {"black", "flash", "loudness", "buffer", "field_order"}
    # The channel sets no highest rate.
    assert [check.id for check in pieced["plain"].checks if check.verdict == "unmeasured"] == ["buffer"]


def test_a_changed_word_is_measured_alone(bench: Bench, first: Path, source: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", bench)
    before = desk.check(first)
    # The sound is the same in both pictures, and so are the pieces that show no text.
    assert sum(job.endswith(" sound") for job, _ in desk.made) == 1
    second = render(bench, source, "second")
    after = desk.check(second)
    assert {job for job, _ in desk.made if "picture" not in job} == {"burned/片 子 form"}
    pictures = [(job, name) for job, name in desk.made if "picture" in job]
    assert 1 <= len(pictures) <= 2
    assert all(job.startswith("burned/") for job, _ in pictures)
    assert after["plain"] == before["plain"]
    assert desk.check(second) == after
    assert desk.made == []


def test_neighbouring_pieces_share_a_job_and_long_files_have_more_of_them() -> None:
    def pieces(count: int) -> list[RenditionPiece]:
        return [RenditionPiece(first=number * 100, frames=100, key=str(number)) for number in range(count)]

    short, long = group_pieces(pieces(8), Fraction(25)), group_pieces(pieces(75), Fraction(25))
    assert [len(group) for group in short] == [2, 2, 2, 2]
    assert [len(group) for group in long] == [5] * 15
    assert [number for group in long for number in group] == list(range(75))
    assert group_pieces(pieces(1), Fraction(25)) == [range(1)]


def test_the_rungs_of_a_stream_are_measured_in_pieces_as_whole(source: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "work")
    rungs = [
        {"name": "high", "width": 320, "height": 180, "max_rate": "1M"},
        {"name": "low", "width": 160, "height": 90, "max_rate": "400k"},
    ]
    hls = {"stream": tiny_channel(container="hls", segment_seconds=3, rungs=rungs)}
    out = bench.render(bench.ingest(source), channels=["stream"], channel_definitions=hls)
    record = read_rendition(out, "stream", source.stem)[1]
    assert {piece.rung for piece in record.pieces} == {"high", "low"}
    desk = Desk(tmp_path / "pieced", bench, hls)
    pieced = desk.check(out)
    assert sum("picture" in job for job, _ in desk.made) == len(record.pieces)
    bare = tmp_path / "bare"
    shutil.copytree(out, bare)
    for path in bare.rglob("rendition.json"):
        Rendition.read(path).model_copy(update={"pieces": ()}).write(path)
    whole = Desk(tmp_path / "whole", bench, hls)
    assert whole.check(bare) == pieced
    assert not any("picture" in job for job, _ in whole.made)
    assert pieced["stream"].verdict in ("pass", "warn")
