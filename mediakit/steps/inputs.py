"""What a step is given: files with their digests, outputs of earlier steps, endings of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediakit.steps.endings import Ending


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
