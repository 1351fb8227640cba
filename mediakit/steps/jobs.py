"""What a running step uses: its jobs, and the context in which it and they report, stop and leave files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.errors import Cancelled
from mediakit.steps.inputs import Problem

CORE_MB = 700
"""Memory that a core can make use of: two cores stay within 1.5 GB, the programme's own share included."""


@dataclass(frozen=True)
class Job:
    """A small unit of work, able to run anywhere that sees the same files.

    Attributes:
        id: unique within the step, readable: ``tv_web piece 3/21``.
        payload: all that the worker needs, JSON values and paths as text.
        results: result name to content key (the digest of all that shapes this result: step and tool versions,
            settings, content digests; never a path, a time or a channel's name). Each result is one folder.
        cores: processor cores that it keeps busy.
        memory_mb: peak memory of the job with its child processes.
        cost: expected work in any unit that is the same across a step's jobs, for progress and time left.
        work: what its results are, in one word, for counts in the plan: ``piece``, ``copy``, ``sound``.
    """

    id: str
    payload: Mapping[str, Any]
    results: Mapping[str, str]
    cores: int = 1
    memory_mb: int = 300
    cost: float = 1.0
    work: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened; ``kind`` says what, ``data`` holds JSON values for machines."""

    kind: str
    node: str
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Context:
    """What a running step or job may use.

    Attributes:
        out: an empty folder for the output (in `ExpandingStep.run_job`: one sub-folder for each wanted result).
        scratch: an empty folder for temporary files, removed afterwards.
        cores: how many cores it may keep busy.
        emit: hands an event to the engine.
        is_cancelled: tells whether the work should stop.
        node: the node's id.
        stem: the main input's name without suffix.
    """

    out: Path
    scratch: Path
    cores: int
    emit: Callable[[Event], None]
    is_cancelled: Callable[[], bool]
    node: str
    problems: list[Problem] = field(default_factory=list)
    stem: str = ""

    def progress(self, fraction: float, note: str = "") -> None:
        """Report how much is done, 0 to 1; raises `Cancelled` when the work should stop."""
        self.check_cancelled()
        self.emit(Event("progress", self.node, note, {"fraction": min(max(fraction, 0.0), 1.0)}))

    def warn(self, message: str) -> None:
        """Tell the user something that does not stop the work."""
        self.emit(Event("warning", self.node, message))

    def note_problem(self, problem: Problem) -> None:
        """Keep a problem with the output; it sets the run's exit code, cached or not."""
        self.problems.append(problem)

    def place(self, source: Path, name: str) -> Path:
        """Put a file into the output under a name: a link, or a copy where links cannot be made."""
        target = self.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return target

    def check_cancelled(self) -> None:
        """Raise `Cancelled` when the work should stop."""
        if self.is_cancelled():
            raise Cancelled(where=self.node)
