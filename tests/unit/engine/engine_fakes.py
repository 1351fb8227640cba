"""Small steps that stand in for the real ones: text in, text out, with a log of what really ran."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mediakit.errors import InputError, ToolError
from mediakit.media.digests import digest_value
from mediakit.steps.base import ExpandingStep, PlainStep, Publication, StepSettings
from mediakit.steps.inputs import Artifact, Inputs, Problem
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import Port
from mediakit.steps.registry import STEPS

FAKES = {
    "fetch": "engine_fakes:Fetch",
    "shout": "engine_fakes:Shout",
    "propose": "engine_fakes:Propose",
    "chop": "engine_fakes:Chop",
    "judge": "engine_fakes:Judge",
    "stall": "engine_fakes:Stall",
    "tally": "engine_fakes:Tally",
}
VERSIONS = {"voice": "1"}


def install(monkeypatch: Any = None) -> None:
    """Register the steps."""
    if monkeypatch is None:
        STEPS.update(FAKES)
    else:
        for name, target in FAKES.items():
            monkeypatch.setitem(STEPS, name, target)


def log(word: str) -> None:
    """Append a word to the file that the environment names: what really ran."""
    name = os.environ.get("FAKE_LOG")
    if name:
        with Path(name).open("a", encoding="utf-8") as stream:
            stream.write(f"{word}\n")


class FetchSettings(StepSettings):
    media: Path | None = None
    script: Path | None = None
    language: str = "none"


class Fetch(PlainStep[FetchSettings]):
    name = "fetch"
    settings_type = FetchSettings
    produces = "asset"

    def ports(self, settings: FetchSettings) -> tuple[Port, ...]:
        return (Port("media", "file"), Port("script", "file", optional=True))

    def validate(self, settings: FetchSettings, files: Any) -> None:
        if files["media"].read_bytes().startswith(b"invalid"):
            raise InputError("is not media", where=files["media"])

    def run(self, settings: FetchSettings, inputs: Inputs, context: Context) -> None:
        log("fetch")
        text = inputs.file("media").path.read_text()
        if "broken" in text:
            raise InputError("is broken", where=inputs.file("media").path)
        (context.out / "asset.txt").write_text(text)


class ShoutSettings(StepSettings):
    count: int = Field(default=1, ge=1)
    words: tuple[str, ...] = ()
    language: str | None = None
    fail: bool = False


class Shout(PlainStep[ShoutSettings]):
    name = "shout"
    settings_type = ShoutSettings
    produces = "loud"

    def ports(self, settings: ShoutSettings) -> tuple[Port, ...]:
        return (Port("asset", "asset"),)

    def tools(self, settings: ShoutSettings) -> dict[str, str]:
        return dict(VERSIONS)

    def run(self, settings: ShoutSettings, inputs: Inputs, context: Context) -> None:
        log("shout")
        if settings.fail:
            raise ToolError("the voice broke", tail="croak")
        context.progress(0.5)
        text = inputs.artifact("asset").path("asset.txt").read_text().upper() * settings.count
        (context.out / "loud.txt").write_text(text + (settings.language or ""))

    def published(self, settings: ShoutSettings, files: Any, stem: str) -> list[Publication]:
        return [Publication("loud.txt", f"loud/{stem}.txt")]


class ProposeSettings(StepSettings):
    title: str = "plan"


class Propose(PlainStep[ProposeSettings]):
    """Makes a file that people may edit."""

    name = "propose"
    settings_type = ProposeSettings
    produces = "proposal"

    def ports(self, settings: ProposeSettings) -> tuple[Port, ...]:
        return (Port("loud", "loud"),)

    def run(self, settings: ProposeSettings, inputs: Inputs, context: Context) -> None:
        log("propose")
        loud = inputs.artifact("loud").path("loud.txt").read_text()
        (context.out / "proposal.txt").write_text(f"{settings.title}: {loud}")

    def published(self, settings: ProposeSettings, files: Any, stem: str) -> list[Publication]:
        return [Publication("proposal.txt", "proposal.txt", editable=True)]


class ChopSettings(StepSettings):
    of: str | None = None
    upper: bool = True
    size: int = 4
    slow: float = 0.0
    fail_on: str | None = None
    channel_definitions: dict[str, Any] = Field(default_factory=dict)


class Chop(ExpandingStep[ChopSettings]):
    """Cuts text into pieces; each piece is a job with two results, plain and reversed."""

    name = "chop"
    settings_type = ChopSettings
    produces = "pieces"
    version: ClassVar[int] = 1

    def ports(self, settings: ChopSettings) -> tuple[Port, ...]:
        return (
            Port("asset", "asset", selector=settings.of),
            Port("proposal", "proposal", optional=True),
        )

    def key_settings(self, settings: ChopSettings) -> dict[str, Any]:
        return {"upper": settings.upper, "size": settings.size, "fail_on": settings.fail_on}

    def jobs(self, settings: ChopSettings, inputs: Inputs) -> list[Job]:
        text = inputs.artifact("asset").path("asset.txt").read_text()
        proposal = inputs.maybe_artifact("proposal")
        if proposal is not None:
            text += proposal.path("proposal.txt").read_text()
        jobs = []
        for number, start in enumerate(range(0, len(text), settings.size)):
            piece = text[start : start + settings.size]
            payload = {"piece": piece, "upper": settings.upper, "slow": settings.slow, "fail_on": settings.fail_on}
            keys = {
                name: digest_value(["chop", self.version, name, piece, settings.upper])
                for name in ("plain", "reversed")
            }
            jobs.append(Job(f"piece {number}", payload, keys, cost=len(piece)))
        return jobs

    def run_job(self, job: Job, wanted: Any, context: Context) -> None:
        log(f"piece {job.payload['piece']}")
        deadline = time.monotonic() + job.payload["slow"]
        while time.monotonic() < deadline:
            context.progress(0.1)
            time.sleep(0.02)
        piece = job.payload["piece"]
        if job.payload["fail_on"] and job.payload["fail_on"] in piece:
            raise ToolError("the knife slipped", tail=f"at {piece}")
        text = piece.upper() if job.payload["upper"] else piece
        for name in wanted:
            (context.out / name).mkdir()
            (context.out / name / "piece.txt").write_text(text if name == "plain" else text[::-1])

    def combine(self, settings: Any, inputs: Inputs, jobs: Any, results: Any, context: Context) -> None:
        log("combine")
        for name in ("plain", "reversed"):
            texts = [(results[job.id][name] / "piece.txt").read_text() for job in jobs]
            (context.out / f"{name}.txt").write_text("|".join(texts))

    def published(self, settings: ChopSettings, files: Any, stem: str) -> list[Publication]:
        return [Publication(name, f"pieces/{settings.id or 'chop'}/{name}") for name in sorted(files)]


class JudgeSettings(StepSettings):
    least: int = 0
    most: int = 10_000_000


class Judge(PlainStep[JudgeSettings]):
    """Notes problems and looks at sign-offs that people put into the output folder."""

    name = "judge"
    settings_type = JudgeSettings
    produces = "verdict"

    def ports(self, settings: JudgeSettings) -> tuple[Port, ...]:
        return (Port("loud", "loud"), Port("pieces", "pieces", optional=True, many=True))

    def watches(self, settings: JudgeSettings) -> tuple[str, ...]:
        return ("signed/*.txt",)

    def run(self, settings: JudgeSettings, inputs: Inputs, context: Context) -> None:
        log("judge")
        size = len(inputs.artifact("loud").path("loud.txt").read_text())
        if size > settings.most:
            context.note_problem(Problem(5, "loud.txt", f"{size} letters, at most {settings.most} wanted", "be brief"))
        if size < settings.least:
            context.note_problem(Problem(6, "loud.txt", f"{size} letters, {settings.least} wanted"))
        signed = sorted(name for name in inputs.values if name.startswith("signed/"))
        counts = len(inputs.artifacts("pieces"))
        (context.out / "verdict.txt").write_text(f"{size} {counts} {signed}")

    def published(self, settings: JudgeSettings, files: Any, stem: str) -> list[Publication]:
        return [Publication("verdict.txt", "verdict.txt")]


class StallSettings(StepSettings):
    seconds: float = 60.0
    stubborn: bool = False


class Stall(PlainStep[StallSettings]):
    """Waits; for cancelling."""

    name = "stall"
    settings_type = StallSettings
    produces = "nothing"

    def ports(self, settings: StallSettings) -> tuple[Port, ...]:
        return (Port("asset", "asset"),)

    def run(self, settings: StallSettings, inputs: Inputs, context: Context) -> None:
        log("stall")
        deadline = time.monotonic() + settings.seconds
        while time.monotonic() < deadline:
            context.progress(0.5)
            time.sleep(0.02)
        (context.out / "done.txt").write_text("done")


class TallySettings(StepSettings):
    fail: bool = False


class Tally(PlainStep[TallySettings]):
    """Gathers what became of every item."""

    name = "tally"
    settings_type = TallySettings
    produces = "tally"
    gathers = ("loud",)

    def ports(self, settings: TallySettings) -> tuple[Port, ...]:
        return ()

    def run(self, settings: TallySettings, inputs: Inputs, context: Context) -> None:
        log("tally")
        if settings.fail:
            raise ToolError("cannot count", tail="")
        lines = []
        for ending in inputs.endings:
            texts = [f"{one.path('loud.txt').read_text()}@{one.places['loud.txt']}" for one in ending.outputs]
            told = [f"{one.step}/{one.subject}/{one.message}/{one.stopped}" for one in ending.troubles]
            lines.append(f"{ending.item}|{ending.source}|{','.join(texts)}|{','.join(told)}")
        (context.out / "tally.txt").write_text("\n".join(lines))

    def published(self, settings: TallySettings, files: Any, stem: str) -> list[Publication]:
        return [Publication("tally.txt", "tally.txt")]


def text_of(artifact: Artifact, name: str) -> str:
    """Return a file's text."""
    return artifact.path(name).read_text()


class Bench:
    """A cache, an output folder and a log in a test's folder; runs lists of (step, settings)."""

    def __init__(self, folder: Path, monkeypatch: Any) -> None:
        install(monkeypatch)
        self.folder = folder
        self.output = folder / "out"
        self.cache_folder = folder / "cache"
        self.events: list[Any] = []
        self._log = folder / "log.txt"
        monkeypatch.setenv("FAKE_LOG", str(self._log))

    def write(self, name: str, text: str) -> Path:
        """Write a file with a time stamp that is old enough to be trusted."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(10**18 + len(text), 10**18 + len(text)))
        return path

    def graph(
        self,
        *steps: tuple[str, dict[str, Any]],
        items: dict[str, Path] | None = None,
        gather: dict[str, Any] | None = None,
        **bind: Any,
    ) -> Any:
        """Return a graph; with ``items`` every item's `fetch` takes its own file, and `tally` may ``gather`` them."""
        from mediakit.recipe.bind import Section, bind_sections, find_step
        from mediakit.steps.graph import Graph

        def section(name: str, settings: dict[str, Any]) -> Section:
            return Section(name, find_step(name).settings_type.model_validate(settings))

        if items is None:
            nodes = bind_sections([section(*step) for step in steps], **bind)
            return Graph("test", nodes, ("",), self.output)
        made = []
        for item, path in items.items():
            mine = [
                section(name, {**settings, "media": path} if name == "fetch" else settings) for name, settings in steps
            ]
            made += bind_sections(mine, item=item, **bind)
        if gather is not None:
            ids = tuple(node.id for node in made)
            node = bind_sections([section("tally", gather)], stem="test")[0]
            made.append(replace(node, gathers=ids))
        return Graph("test", tuple(made), tuple(items), self.output)

    def run(self, graph: Any, **options: Any) -> Any:
        """Run a graph in a cache opened for it."""
        from mediakit.engine.cache import Cache
        from mediakit.engine.runner import run_graph

        with Cache(self.cache_folder) as cache:
            return run_graph(graph, cache, emit=self.events.append, **options)

    def plan(self, graph: Any) -> Any:
        """Plan a graph."""
        from mediakit.engine.cache import Cache
        from mediakit.engine.plan import make_plan

        with Cache(self.cache_folder) as cache:
            return make_plan(graph, cache)

    def ran(self) -> list[str]:
        """Return what ran since the last call."""
        words = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        self._log.write_text("")
        return words

    def states(self, report: Any) -> dict[str, str]:
        """Return node id to state."""
        return {node.node: node.state for node in report.nodes}
