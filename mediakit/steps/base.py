"""What a step is: its settings, its typed inputs and outputs, its jobs.

A step takes files and earlier outputs (`Inputs`) and writes its output into a folder (`Context.out`). The engine
gives the output a key, keeps it in a cache, and publishes what `Step.published` names. Two kinds:

* `PlainStep` does all its work in `run`.
* `ExpandingStep` lists small jobs (`jobs`, a pure function), each with content keys of its own; the engine runs
  those whose results are missing, in any order, in parallel; `combine` makes the output from the results.

Steps know nothing of recipes, caches or terminals.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mediakit.errors import Cancelled
from mediakit.steps.ports import FILE, Port

if TYPE_CHECKING:
    from mediakit.steps.endings import Ending


class StepSettings(BaseModel):
    """Base of every step's settings: the step's section in a recipe, frozen, unknown keys refused.

    Fields that are ports of type ``file`` hold paths (``Path | None``, or ``dict[str, Path]`` for ports named
    ``field.name``); they never enter a key, the file's content does. ``id`` names the node so that a later step can
    take its output with ``from``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str | None = Field(default=None, description="A name for this step, to be used in a later step's `from`.")
    from_: str | dict[str, str] | None = Field(
        default=None,
        alias="from",
        description="Which earlier step's output to take: its id or name, or a mapping from port to id or name.",
    )

    def file_of(self, port: str) -> Path | None:
        """Return the path that a port of type ``file`` is given."""
        name, _, key = port.partition(".")
        value = getattr(self, name, None)
        return value.get(key) if key and isinstance(value, Mapping) else value

    def with_files(self, files: Mapping[str, Path]) -> Self:
        """Return the settings with other paths, by port."""
        changed: dict[str, Any] = {}
        for port, path in files.items():
            name, _, key = port.partition(".")
            changed[name] = {**changed.get(name, getattr(self, name)), key: path} if key else path
        return self.model_copy(update=changed) if changed else self


@dataclass(frozen=True)
class FileRef:
    """An input file with the SHA-256 of its content."""

    path: Path
    digest: str
    size: int


@dataclass(frozen=True)
class Problem:
    """Something that was not made or did not pass, without stopping the step; kept with its output.

    Attributes:
        exit_code: 5 (a gate or a missing sign-off) or 6 (part of what was asked was not made).
        subject: the channel, short or file that it is about.
        message: one plain line.
        hint: what to do.
    """

    exit_code: int
    subject: str
    message: str
    hint: str | None = None

    @property
    def line(self) -> str:
        """What it is about, and what is wrong, in one line."""
        return f"{self.subject}: {self.message}"


@dataclass(frozen=True)
class Artifact:
    """A finished output of a step: a read-only folder of files.

    Attributes:
        type: the step's ``produces``.
        node: the id of the node that made it.
        folder: where the files lie.
        files: relative name to SHA-256, of every file.
        digest: one digest over ``files``.
        origin: the files that the node was given, by port name.
        problems: what was not made.
        edited: names of files that a person changed after they were published.
        overlay: paths of those files, by name.
        places: name to path below the graph's output folder, of what was published.
    """

    type: str
    node: str
    folder: Path
    files: Mapping[str, str]
    digest: str
    origin: Mapping[str, FileRef] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    edited: tuple[str, ...] = ()
    overlay: Mapping[str, Path] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return the path of one of the files (a person's version where there is one)."""
        if name not in self.files:
            raise KeyError(f"{self.node} has no file {name!r}")
        return self.overlay.get(name, self.folder / name)

    def names(self, pattern: str = "*") -> tuple[str, ...]:
        """Return the names that match a glob pattern, sorted."""
        from pathlib import PurePosixPath

        return tuple(sorted(name for name in self.files if PurePosixPath(name).match(pattern)))


@dataclass(frozen=True)
class Inputs:
    """What a step's ports are bound to; a port of many holds a tuple, an unbound one is absent.

    ``endings`` say what became of each item, for a step that gathers.
    """

    values: Mapping[str, FileRef | Artifact | tuple[Artifact, ...]]
    endings: tuple[Ending, ...] = ()

    def file(self, port: str) -> FileRef:
        """Return the file bound to a port."""
        value = self.values[port]
        if not isinstance(value, FileRef):
            raise TypeError(f"port {port} holds no file")
        return value

    def maybe_file(self, port: str) -> FileRef | None:
        """Return the file bound to an optional port, or None."""
        return self.file(port) if port in self.values else None

    def artifact(self, port: str) -> Artifact:
        """Return the output bound to a port."""
        value = self.values[port]
        if not isinstance(value, Artifact):
            raise TypeError(f"port {port} holds no single output")
        return value

    def maybe_artifact(self, port: str) -> Artifact | None:
        """Return the output bound to an optional port, or None."""
        return self.artifact(port) if port in self.values else None

    def artifacts(self, port: str) -> tuple[Artifact, ...]:
        """Return all outputs bound to a port of many."""
        value = self.values.get(port, ())
        if not isinstance(value, tuple):
            raise TypeError(f"port {port} is not one of many")
        return value


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


@dataclass(frozen=True)
class Publication:
    """A file of an output and where it is published.

    Attributes:
        name: the file's name within the output.
        target: path below the output folder, ``/`` between parts.
        editable: made for people to change; never overwritten once they did, and then an input.
    """

    name: str
    target: str
    editable: bool = False


S = TypeVar("S", bound=StepSettings)


class Step(ABC, Generic[S]):
    """Base of all steps; see the module's docstring.

    Class attributes:
        name: the word in recipes and reports.
        version: goes up when the same inputs would give another output.
        settings_type: the frozen pydantic model of the recipe's section.
        produces: the type of the output.
        cores: how many cores `run` or `combine` keeps busy.
        memory_mb: its peak memory with its child processes.
        stem_in_files: the output's files are named after the main input (`Context.stem`), so its name is part
            of the key.
        gathers: types of outputs that it takes of every item of a batch. Such a step stands once for all items, has
            no ports, and is taken after everything else, also where items failed (`Inputs.endings`).
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    settings_type: ClassVar[type[StepSettings]]
    produces: ClassVar[str]
    cores: ClassVar[int] = 1
    memory_mb: ClassVar[int] = 500
    stem_in_files: ClassVar[bool] = False
    gathers: ClassVar[tuple[str, ...]] = ()

    def prepare(self, settings: S) -> S:
        """Return the settings with what a file that they name says in their place; called once, before `ports`.

        Raises:
            MediakitError: the file cannot be used.
        """
        return settings

    def preceding(self, settings: S, heard: Collection[Path]) -> Sequence[tuple[str, StepSettings]]:
        """Return steps that are to be taken before it, for it alone, as (name, settings with an id).

        Args:
            settings: as `prepare` returned them.
            heard: media files whose words earlier steps have made.
        """
        return ()

    def stem(self, settings: S) -> str | None:
        """Return the name that published files get; None is that of the main input."""
        return None

    def plans_ahead(self, settings: S) -> bool:
        """Tell whether the output takes a moment to make, so that a plan makes it to see what comes after it."""
        return False

    @abstractmethod
    def ports(self, settings: S) -> tuple[Port, ...]:
        """Return the inputs that these settings ask for."""

    def key_settings(self, settings: S) -> Mapping[str, Any]:
        """Return the settings that shape the output, as JSON values (file ports, ids and ``from`` left out)."""
        hidden = {"id", "from_"}
        hidden |= {port.name.partition(".")[0] for port in self.ports(settings) if port.type == FILE}
        return settings.model_dump(mode="json", exclude=hidden)

    def tools(self, settings: S) -> Mapping[str, str]:
        """Return the versions of tools and models that shape the output.

        Raises:
            MediakitError: a tool or model that these settings need is missing; called before any work starts.
        """
        return {}

    def validate(self, settings: S, files: Mapping[str, Path]) -> None:
        """Check what can be checked before any work starts; ``files`` are the bound input files.

        Raises:
            MediakitError: the step cannot work with these.
        """

    def watches(self, settings: S) -> tuple[str, ...]:
        """Return paths below the output folder whose content, if they exist, is an input (such as sign-offs).

        Each appears in `Inputs` as a file under its path.
        """
        return ()

    def published(self, settings: S, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return which of the output's ``files`` are published, and where; ``stem`` names the main input."""
        return ()


class PlainStep(Step[S]):
    """A step that does all its work in one place."""

    @abstractmethod
    def run(self, settings: S, inputs: Inputs, context: Context) -> None:
        """Write the output into ``context.out``."""


class ExpandingStep(Step[S]):
    """A step whose work is many small jobs."""

    @abstractmethod
    def jobs(self, settings: S, inputs: Inputs) -> Sequence[Job]:
        """List the jobs; a pure function of its arguments and the files' content."""

    def remarks(self, settings: S, inputs: Inputs) -> tuple[str, ...]:
        """Return lines that a plan tells about how the work is done; asked for only by a plan."""
        return ()

    @abstractmethod
    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Make the ``wanted`` results of a job, each into its folder ``context.out / result name``."""

    @abstractmethod
    def combine(
        self,
        settings: S,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write the output into ``context.out`` from the results (job id, then result name, to folder)."""
