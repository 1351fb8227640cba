"""Runs the render step without the engine: jobs one after the other, results kept by key as the cache keeps them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.media.digests import digest_file, digest_files
from mediakit.media.rendition import Rendition
from mediakit.steps.ingest import Ingest, IngestSettings
from mediakit.steps.inputs import Artifact, FileRef, Inputs, Problem
from mediakit.steps.jobs import Context, Event, Job
from mediakit.steps.render import Render
from mediakit.steps.render_settings import RenderSettings


@dataclass
class Bench:
    """A folder with a cache; ``encoded`` lists the job and result names that the last render really made."""

    folder: Path
    kept: dict[str, Path] = field(default_factory=dict)
    encoded: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    runs: int = 0

    def context(self, out: Path, problems: list[Problem], stem: str = "") -> Context:
        scratch = self.folder / f"scratch{self.runs}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        out.mkdir(parents=True, exist_ok=True)
        return Context(out, scratch, 1, lambda event: _ignore(event), lambda: False, "test", problems, stem)

    def artifact(self, kind: str, folder: Path, origin: dict[str, FileRef] | None = None) -> Artifact:
        files = {
            path.relative_to(folder).as_posix(): digest_file(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return Artifact(kind, kind, folder, files, digest_files(files), origin or {})

    def ingest(self, path: Path) -> Artifact:
        ref = file_ref(path)
        out = self.folder / f"asset-{path.stem}-{ref.digest[:8]}"
        Ingest().run(IngestSettings(media=path), Inputs({"media": ref}), self.context(out, []))
        return self.artifact("asset", out, {"media": ref})

    def jobs(self, settings: RenderSettings, values: dict[str, Any]) -> list[Job]:
        return list(Render().jobs(settings, Inputs(values)))

    def render(self, asset: Artifact, values: dict[str, Any] | None = None, **settings: Any) -> Path:
        """Render, making only what is not kept; return the output folder."""
        stem = asset.origin["media"].path.stem
        return self._render({"asset": asset, **(values or {})}, stem, settings)

    def render_edit(self, edit: Artifact, values: dict[str, Any] | None = None, **settings: Any) -> Path:
        """Render an edit, named ``edit``; return the output folder."""
        return self._render({"timeline": edit, **(values or {})}, "edit", {"of": "edit", **settings})

    def _render(self, values: dict[str, Any], stem: str, settings: dict[str, Any]) -> Path:
        step = Render()
        self.runs += 1
        chosen = RenderSettings.model_validate({"preset": "ultrafast", **settings})
        inputs = Inputs(values)
        step.tools(chosen)
        step.validate(chosen, {})
        jobs = list(step.jobs(chosen, inputs))
        self.encoded = []
        results: dict[str, dict[str, Path]] = {}
        for job in jobs:
            wanted = [name for name, key in job.results.items() if key not in self.kept]
            if wanted:
                out = self.folder / f"job{self.runs}-{jobs.index(job)}"
                step.run_job(job, wanted, self.context(out, []))
                for name in wanted:
                    self.kept[job.results[name]] = out / name
                    self.encoded.append(f"{job.id}:{name}")
            results[job.id] = {name: self.kept[key] for name, key in job.results.items()}
        out = self.folder / f"out{self.runs}"
        self.problems = []
        step.combine(chosen, inputs, jobs, results, self.context(out, self.problems, stem))
        return out


def _ignore(event: Event) -> None:
    assert event.kind in ("progress", "warning")


def file_ref(path: Path) -> FileRef:
    return FileRef(path, digest_file(path), path.stat().st_size)


def read_rendition(out: Path, channel: str, stem: str) -> tuple[Path, Rendition]:
    """Return a rendition's main file and its record."""
    record = Rendition.read(out / channel / stem / "rendition.json")
    return out / channel / stem / record.main, record


def tiny_channel(**changes: Any) -> dict[str, Any]:
    """Return a channel of 160 by 90 at 25 frames a second."""
    channel: dict[str, Any] = {
        "title": "tiny",
        "frame": {"width": 160, "height": 90, "fps": 25},
        "video": {"codec": "h264", "preset": "ultrafast", "crf": 16, "gop_seconds": 1},
        "audio": {"codec": "aac", "bitrate": "96k", "channels": 2, "loudness": "r128"},
        "source": "made for a test",
        "grade": "proposal",
        "checked_on": "2026-11-22",
    }
    return {**channel, **changes}
