"""What a step is: its settings, its typed inputs and outputs, its jobs.

A step takes files and earlier outputs (`Inputs`) and writes its output into a folder (`Context.out`). The engine
gives the output a key, keeps it in a cache, and publishes what `Step.published` names. Two kinds:

* `PlainStep` does all its work in `run`.
* `ExpandingStep` lists small jobs (`jobs`, a pure function), each with content keys of its own; the engine runs
  those whose results are missing, in any order, in parallel; `combine` makes the output from the results.

Steps know nothing of recipes, caches or terminals.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port


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
