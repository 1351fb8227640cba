"""The tree of errors; each carries an exit code and, where there is a remedy, a hint.

::

    MediakitError              1   unexpected
    ├── UsageError             2   wrong option, value or combination
    │   └── RecipeError        2   a recipe or profile that cannot be used (file, line, column)
    ├── InputError             3   missing, unreadable or unsuitable input
    ├── ToolError              4   a tool that was started failed (log tail, log path)
    ├── GateError              5   a quality gate failed or a sign-off is missing
    ├── PartialError           6   part of what was asked was not made
    └── Cancelled            130   stopped by the user

Libraries' own exceptions are translated at the place that calls them (``raise … from exc``);
only ``mediakit.cli`` turns an error into text and an exit code.
"""

from __future__ import annotations

from pathlib import Path


class MediakitError(Exception):
    """Base of all errors that mediakit raises on purpose.

    Args:
        message: what failed, in one line.
        where: file, node or recipe position that the message is about.
        hint: what the reader can do about it.

    ``where`` may be made more precise on the way up; ``origin`` stays what was first said.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | Path | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = None if where is None else str(where)
        self.origin = self.where
        self.hint = hint

    @property
    def subject(self) -> str:
        """The name of the file that it was first said of; empty where it was of no file."""
        path = Path(self.origin or "")
        return path.name if path.is_absolute() else ""

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling with all fields (errors cross process boundaries)."""
        return (_rebuild, (type(self), self.args, self.__dict__))

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def _rebuild(cls: type[MediakitError], args: tuple[str], state: dict[str, object]) -> MediakitError:
    error = cls.__new__(cls)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class UsageError(MediakitError):
    """An option, a value or a combination of them cannot be used."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe, channel file or profile is wrong at a known place.

    Args:
        message: what is wrong.
        file: the YAML file.
        line: 1-based line, if known.
        column: 1-based column, if known.
        hint: the remedy, such as the nearest right word.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        position = "" if line is None else f":{line}" + ("" if column is None else f":{column}")
        super().__init__(message, where=None if file is None else f"{file}{position}", hint=hint)
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column


class InputError(MediakitError):
    """An input file is missing, unreadable, or lacks what is needed from it."""

    exit_code = 3


class ToolError(MediakitError):
    """A tool that mediakit started failed, hung or died.

    Args:
        message: which tool failed at what.
        where: file or node that it worked on.
        tail: the tool's last lines.
        log_path: the whole log, if it was kept.
        hint: the remedy.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        where: str | Path | None = None,
        tail: str = "",
        log_path: Path | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.tail = tail
        self.log_path = None if log_path is None else str(log_path)


class GateError(MediakitError):
    """A quality gate failed or a sign-off is missing."""

    exit_code = 5


class PartialError(MediakitError):
    """Part of what was asked was not made; the rest is finished."""

    exit_code = 6


class Cancelled(MediakitError):
    """The user stopped the work; what was finished is kept."""

    exit_code = 130

    def __init__(self, message: str = "cancelled", *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
