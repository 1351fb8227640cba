"""What workers do: make one output, or the missing results of one job, and put it into the cache."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediakit.engine.bindings import Bound
from mediakit.engine.cache import Cache, DiskFull, Entry, full_disk, is_full_disk
from mediakit.engine.status import JobStatus, Status
from mediakit.errors import Cancelled, MediakitError
from mediakit.steps.base import ExpandingStep, PlainStep, Step
from mediakit.steps.graph import Node
from mediakit.steps.inputs import Problem
from mediakit.steps.jobs import Context, Event, Job

_POLL_S = 0.2
_LEAST_FREE = 1 << 20


def speed_name(step: str, job: Job) -> str:
    """Return the name under which the speed of such jobs is kept: kinds of work count their costs each in its unit."""
    return f"{step}:{job.work or 'job'}"


@dataclass(frozen=True)
class Workbench:
    """What all work needs: the cache, where events go, whether to stop."""

    cache: Cache
    emit: Callable[[Event], None]
    is_cancelled: Callable[[], bool]

    def make_plain(self, node: Node, step: PlainStep[Any], status: Status, bound: Bound) -> Entry:
        """Run a plain step, unless another run has made its output meanwhile."""
        return self._make_output(
            node, step, status, bound, lambda context: step.run(node.settings, bound.inputs, context)
        )

    def make_combined(self, node: Node, step: ExpandingStep[Any], status: Status, bound: Bound) -> Entry:
        """Combine the results of a step's jobs into its output."""
        jobs = [one.job for one in status.jobs]

        def combine(context: Context) -> None:
            results = self._collect(node, status.jobs, context)
            step.combine(node.settings, bound.inputs, jobs, results, context)

        return self._make_output(node, step, status, bound, combine)

    def _make_output(
        self, node: Node, step: Step[Any], status: Status, bound: Bound, work: Callable[[Context], None]
    ) -> Entry:
        with translated(node, self.cache), self._claimed([status.key]):
            made = self.cache.get(status.key)
            if made is not None:
                return made
            with self.cache.workspace() as folder:
                context = self._context(node, folder, step.cores, self.emit)
                started = time.monotonic()
                work(context)
                context.check_cancelled()
                bound.check_unchanged()
                seconds = time.monotonic() - started
                return self.cache.store(
                    status.key, context.out, problems=unique(context.problems), seconds=seconds, step=step.name
                )

    def _collect(self, node: Node, jobs: Sequence[JobStatus], context: Context) -> Mapping[str, Mapping[str, Path]]:
        from mediakit.engine.keys import result_key

        results: dict[str, dict[str, Path]] = {}
        for status in jobs:
            folders = results[status.job.id] = {}
            for name, key in status.job.results.items():
                entry = self.cache.get(result_key(key))
                if entry is None:
                    raise MediakitError(
                        "a result left the cache while it was needed", where=status.job.id, hint="run again"
                    )
                context.problems.extend(entry.problems)
                folders[name] = entry.folder
        return results

    def make_results(
        self, node: Node, step: ExpandingStep[Any], job: Job, wanted: Mapping[str, str], bound: Bound
    ) -> float:
        """Make the wanted results of a job (name to cache key) that no other run has made; return the seconds."""
        with translated(node, self.cache, job.id), self._claimed(sorted(wanted.values())):
            missing = [name for name, key in wanted.items() if self.cache.get(key) is None]
            if not missing:
                return 0.0
            with self.cache.workspace() as folder:

                def emit(event: Event) -> None:
                    self.emit(replace(event, data={**event.data, "job": job.id}))

                context = self._context(node, folder, job.cores, emit)
                started = time.monotonic()
                step.run_job(job, missing, context)
                context.check_cancelled()
                bound.check_unchanged()
                seconds = time.monotonic() - started
                for name in missing:
                    made = context.out / name
                    if not made.is_dir():
                        raise MediakitError(f"{step.name} did not make the result {name!r}", where=job.id)
                    share = seconds / len(missing)
                    problems = unique(context.problems)
                    self.cache.store(wanted[name], made, problems=problems, seconds=share, step=step.name)
                return seconds

    def _context(self, node: Node, folder: Path, cores: int, emit: Callable[[Event], None]) -> Context:
        out, scratch = folder / "out", folder / "scratch"
        out.mkdir()
        scratch.mkdir()
        return Context(out, scratch, cores, emit, self.is_cancelled, node.id, stem=node.stem)

    @contextmanager
    def _claimed(self, keys: Sequence[str]) -> Iterator[None]:
        """Hold the keys (in order), so that another run does not make them too; wait where one does."""
        held: list[str] = []
        try:
            for key in keys:
                while not self.cache.claim(key):
                    if self.is_cancelled():
                        raise Cancelled
                    time.sleep(_POLL_S)
                held.append(key)
            yield
        finally:
            for key in held:
                self.cache.release(key)


def unique(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems in order, each once."""
    return tuple(dict.fromkeys(problems))


@contextmanager
def translated(node: Node, cache: Cache, job: str = "") -> Iterator[None]:
    """Turn whatever goes wrong into a `MediakitError` that names the node; a full disk into `DiskFull`."""
    place = f"{node.id} · {job}" if job else node.id
    try:
        yield
    except (Cancelled, DiskFull):
        raise
    except Exception as exc:
        if is_full_disk(exc) or (isinstance(exc, MediakitError) and exc.exit_code == 4 and _is_full(cache.folder)):
            raise full_disk(cache.folder) from exc
        if isinstance(exc, MediakitError):
            exc.where = _locate(node, place, exc.where)
            raise
        raise MediakitError(
            f"unexpected {type(exc).__name__}: {exc}",
            where=_locate(node, place, None),
            hint="run again with MEDIAKIT_DEBUG=1 and report the traceback",
        ) from exc


def _locate(node: Node, place: str, where: str | None) -> str:
    """Return where an error happened: recipe position and node, then the error's own place."""
    if not node.where:
        return where or place
    known = f"{node.where}: {place}"
    return f"{known} · {where}" if where else known


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False
