"""The steps qc and package as the engine sees them: jobs, keys, problems, and what they leave."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip

from mediakit.channels.loading import load_profiles
from mediakit.delivery.bag import verify_bag
from mediakit.delivery.index import PackageIndex
from mediakit.errors import Cancelled, UsageError
from mediakit.media.digests import digest_file, digest_files
from mediakit.media.qcreport import QcReport
from mediakit.media.rendition import Rendition, RenditionFile
from mediakit.quality.inspection import Steering, inspect_file
from mediakit.quality.target import make_target
from mediakit.review.signing import sign_file
from mediakit.steps.inputs import Artifact, FileRef, Inputs
from mediakit.steps.jobs import Context
from mediakit.steps.package import Package, PackageSettings
from mediakit.steps.qc import Qc, QcSettings

SMALL: dict[str, Any] = {
    "title": "小",
    "container": "mp4",
    "frame": {"width": 160, "height": 90, "fps": 25},
    "video": {"codec": "h264", "gop_seconds": 2},
    "audio": {"codec": "aac", "loudness": "podcast"},
    "source": "a test",
    "grade": "M",
    "checked_on": "2026-11-22",
}
CHANNELS = {"one": SMALL, "two": {**SMALL, "title": "另一个", "checked_on": "2026-11-21"}}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", duration=2.0, audio=("stereo",)).path


def renditions(folder: Path, clip: Path, *channels: str, stem: str = "第一集") -> Artifact:
    files: dict[str, str] = {}
    for channel in channels:
        place = folder / channel / stem
        place.mkdir(parents=True)
        main = place / f"{stem}.mp4"
        main.write_bytes(clip.read_bytes())
        entry = RenditionFile(path=main.name, role="programme", digest=digest_file(main), size=main.stat().st_size)
        rendition = Rendition(
            channel=channel, stem=stem, source_digest="0" * 64, duration=2.0, main=main.name, files=(entry,), width=160,
            height=90, frames=50,
        )  # fmt: skip
        rendition.write(place / "rendition.json")
        for path in (main, place / "rendition.json"):
            files[path.relative_to(folder).as_posix()] = digest_file(path)
    return Artifact("renditions", "render", folder, files, digest_files(files))


def context(folder: Path, node: str = "qc") -> Context:
    out, scratch = folder / "out", folder / "scratch"
    out.mkdir(parents=True)
    scratch.mkdir()
    return Context(out, scratch, 2, lambda event: None, lambda: False, node)


def run_qc(settings: QcSettings, artifact: Artifact, folder: Path) -> tuple[Artifact, Context]:
    step = Qc()
    inputs = Inputs({"renditions": (artifact,)})
    results: dict[str, Mapping[str, Path]] = {}
    jobs = step.jobs(settings, inputs)
    for number, job in enumerate(jobs):
        place = context(folder / f"job{number}")
        step.run_job(job, list(job.results), place)
        results[job.id] = {name: place.out / name for name in job.results}
    whole = context(folder / "combined")
    step.combine(settings, inputs, jobs, results, whole)
    files = {p.relative_to(whole.out).as_posix(): digest_file(p) for p in sorted(whole.out.rglob("*")) if p.is_file()}
    return Artifact("qc", "qc", whole.out, files, digest_files(files), problems=tuple(whole.problems)), whole


def test_a_channels_name_is_not_in_a_jobs_key(clip: Path, tmp_path: Path) -> None:
    settings = QcSettings(channel_definitions=CHANNELS)
    artifact = renditions(tmp_path / "r", clip, "one", "two")
    jobs = Qc().jobs(settings, Inputs({"renditions": (artifact,)}))
    assert [job.id for job in jobs] == ["one/第一集", "two/第一集"]
    assert jobs[0].results == jobs[1].results
    moved = renditions(tmp_path / "elsewhere", clip, "one")
    assert Qc().jobs(settings, Inputs({"renditions": (moved,)}))[0].results == jobs[0].results


@pytest.mark.parametrize("change", ["content", "limit", "loudness", "only"])
def test_what_shapes_the_verdict_is_in_the_key(clip: Path, tmp_path: Path, change: str) -> None:
    def key(settings: QcSettings, artifact: Artifact) -> str:
        return Qc().jobs(settings, Inputs({"renditions": (artifact,)}))[0].results["checks"]

    definitions = {"one": dict(SMALL)}
    settings = QcSettings(channel_definitions=definitions)
    before = key(settings, renditions(tmp_path / "a", clip, "one"))
    other = clip
    if change == "content":
        other = tmp_path / "other.mp4"
        other.write_bytes(clip.read_bytes() + b"\0")
    elif change == "limit":
        settings = QcSettings(channel_definitions={"one": {**SMALL, "limits": {"duration": 5}}})
    elif change == "loudness":
        audio = {"codec": "aac", "loudness": "r128"}
        settings = QcSettings(channel_definitions={"one": {**SMALL, "audio": audio}})
    else:
        settings = QcSettings(channel_definitions=definitions, only=("loudness",))
    assert key(settings, renditions(tmp_path / "b", other, "one")) != before


def test_a_failed_check_is_a_problem_of_that_channel_only(clip: Path, tmp_path: Path) -> None:
    loud = {**SMALL, "limits": {"duration": 1}}
    settings = QcSettings(channel_definitions={"one": SMALL, "long": loud}, only=("duration", "black"))
    made, _ = run_qc(settings, renditions(tmp_path / "r", clip, "one", "long"), tmp_path / "q")
    assert [(p.exit_code, p.subject) for p in made.problems] == [(5, "long/第一集")]
    assert "2.00 s is longer" in made.problems[0].message
    assert QcReport.read(made.path("one/第一集/qc.json")).verdict == "pass"
    report = QcReport.read(made.path("long/第一集/qc.json"))
    assert report.verdict == "fail"
    assert report.gated
    assert {p.target for p in Qc().published(settings, made.files, "x")} == {
        "render/one/第一集/qc.json",
        "render/long/第一集/qc.json",
    }


def test_without_the_gate_a_failure_is_only_told(clip: Path, tmp_path: Path) -> None:
    settings = QcSettings(channel_definitions={"one": {**SMALL, "limits": {"duration": 1}}}, gate=False)
    made, _ = run_qc(settings, renditions(tmp_path / "r", clip, "one"), tmp_path / "q")
    assert made.problems == ()
    assert not QcReport.read(made.path("one/第一集/qc.json")).gated


@pytest.mark.parametrize("values", [{"profile": "defualt"}, {"only": ("loudnes",)}])
def test_unknown_words_are_refused_before_work(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        Qc().validate(QcSettings(**values), {})
    assert "default" in str(caught.value.hint) or "loudness" in str(caught.value.hint)


def package(
    settings: PackageSettings, artifact: Artifact, reports: Artifact | None, folder: Path, ledger: Path | None = None
) -> Context:
    values: dict[str, Any] = {"renditions": (artifact,), "qc": (reports,) if reports else ()}
    if ledger is not None:
        values["review.json"] = FileRef(ledger, digest_file(ledger), ledger.stat().st_size)
    place = context(folder, "package")
    Package().run(settings, Inputs(values), place)
    return place


def test_package_takes_what_passed_and_leaves_what_failed(clip: Path, tmp_path: Path) -> None:
    definitions = {"one": SMALL, "long": {**SMALL, "limits": {"duration": 1}}}
    artifact = renditions(tmp_path / "r", clip, "one", "long")
    qc_settings = QcSettings(channel_definitions=definitions, only=("duration",))
    reports, _ = run_qc(qc_settings, artifact, tmp_path / "q")
    settings = PackageSettings(channel_definitions=definitions, series="系列", episode=3)  # type: ignore[arg-type]
    made = package(settings, artifact, reports, tmp_path / "p")
    index = PackageIndex.read(made.out / "index.json")
    assert [one.channel for one in index.packages] == ["one"]
    assert index.episode == "3"
    assert [p.subject for p in made.problems] == ["long/第一集"]
    assert made.problems[0].exit_code == 5
    assert verify_bag(made.out / index.packages[0].folder) == []
    targets = {p.target for p in Package().published(settings, {"index.json": ""}, "x")}
    assert targets == {"dist/index.json"}


def test_package_waits_for_the_sign_offs_that_are_asked_for(clip: Path, tmp_path: Path) -> None:
    artifact = renditions(tmp_path / "out" / "render", clip, "one", "two")
    ledger = tmp_path / "out" / "review.json"
    settings = PackageSettings(channel_definitions=CHANNELS, review=2)
    assert Package().watches(settings) == ("review.json",)
    assert Package().watches(PackageSettings()) == ()
    unsigned = package(settings, artifact, None, tmp_path / "p0")
    assert len(unsigned.problems) == 2
    sign_file(artifact.path("one/第一集/第一集.mp4"), ledger, name="张三", level=1)
    half = package(settings, artifact, None, tmp_path / "p1", ledger)
    assert "missing: department" in half.problems[0].message
    sign_file(artifact.path("one/第一集/第一集.mp4"), ledger, name="李四", level=2)
    done = package(settings, artifact, None, tmp_path / "p2", ledger)
    index = PackageIndex.read(done.out / "index.json")
    assert {one.channel for one in index.packages} == {"one", "two"}
    assert index.packages[0].signed_by == ("editor 张三", "department 李四")


def test_a_ledger_that_was_tampered_with_signs_nothing(clip: Path, tmp_path: Path) -> None:
    artifact = renditions(tmp_path / "out" / "render", clip, "one")
    ledger = tmp_path / "out" / "review.json"
    sign_file(artifact.path("one/第一集/第一集.mp4"), ledger, name="张三", level=1)
    ledger.write_text(ledger.read_text().replace("张三", "王五"))
    settings = PackageSettings(channel_definitions=CHANNELS, review=1)
    made = package(settings, artifact, None, tmp_path / "p", ledger)
    assert "tampered" in made.problems[0].message


def test_generated_content_carries_its_label_into_the_metadata(clip: Path, tmp_path: Path) -> None:
    artifact = renditions(tmp_path / "r", clip, "one")
    path = artifact.path("one/第一集/rendition.json")
    Rendition.read(path).model_copy(update={"ai_label": True}).write(path)
    settings = PackageSettings(channel_definitions=CHANNELS, publisher="县融媒")
    made = package(settings, artifact, None, tmp_path / "p")
    index = PackageIndex.read(made.out / "index.json")
    folder = made.out / index.packages[0].folder / "data"
    label = json.loads((folder / "metadata.json").read_text())["AIGC"]
    assert label["Label"] == "1"
    assert label["ContentProducer"] == "县融媒"
    assert label["ProduceID"] == index.packages[0].identifier
    assert len(label) == 7
    assert all(isinstance(value, str) for value in label.values())


@pytest.mark.parametrize("to", ["../out", "/tmp/x", "", "a/../../b", "c:\\x"])
def test_packages_stay_below_the_output_folder(to: str) -> None:
    with pytest.raises(ValueError, match="below the output folder"):
        PackageSettings(to=to)


def test_cancel_stops_a_running_check_at_once(clip: Path, tmp_path: Path) -> None:
    long = make_clip(tmp_path / "long.mp4", duration=40.0, size=(320, 180), audio=("stereo",)).path
    profiles = load_profiles()
    channel = profiles.channel("tv_web")
    target = make_target(channel, profiles.loudness["gyt282"], profiles.qc["default"])
    stop = threading.Event()
    threads = threading.active_count()
    started = time.monotonic()
    seen: list[float] = []

    def report(fraction: float) -> None:
        seen.append(fraction)
        stop.set()

    with pytest.raises(Cancelled):
        inspect_file(long, target, steering=Steering(report, stop.is_set))
    assert time.monotonic() - started < 20
    assert threading.active_count() == threads
    assert seen


def test_progress_goes_up_to_the_end(clip: Path) -> None:
    profiles = load_profiles()
    target = make_target(profiles.channel("tv_web"), profiles.loudness["gyt282"], profiles.qc["default"])
    seen: list[float] = []
    inspect_file(clip, target, steering=Steering(seen.append))
    assert seen == sorted(seen)
    assert all(0 <= fraction <= 1 for fraction in seen)
