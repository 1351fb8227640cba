"""A command as a small graph: its steps bind like a recipe's, run by the same engine, published where asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediakit.engine.report import RunReport
    from mediakit.errors import MediakitError
    from mediakit.recipe.bind import Section
    from mediakit.steps.base import StepSettings
    from mediakit.steps.inputs import Artifact


@dataclass(frozen=True)
class Link:
    """One step of a command's chain.

    Attributes:
        step: the step's name.
        settings: like its section in a recipe; files as paths.
        targets: where to publish: a file's name within the output to a path, or a pattern to a folder (``*`` also
            crosses ``/``; folders before the pattern's first wildcard are left off). Without targets the step's own
            publications go below the command's output folder, if it names one.
    """

    step: str
    settings: Mapping[str, Any]
    targets: Mapping[str, Path] | None = None


@dataclass(frozen=True)
class ChainResult:
    """What a command made: the output of every link in order, the published files, the report.

    ``error`` says that part of what was asked was not made, where the command wanted to go on all the same.
    """

    artifacts: tuple[Artifact, ...]
    published: tuple[Path, ...]
    report: RunReport
    error: MediakitError | None = None


def run_chain(
    links: Sequence[Link],
    *,
    command: str,
    json_output: bool,
    jobs: int | None = None,
    cache: Path | None = None,
    output: Path | None = None,
    partial: bool = False,
) -> ChainResult:
    """Run a command's steps; progress goes to standard error (with ``json_output``, to standard output as JSON).

    With ``partial``, a `PartialError` is returned with what was made rather than raised.

    Raises:
        MediakitError: wrong settings, a step that failed, or, after publishing, the steps' problems.
    """
    from mediakit.cli.display import open_display
    from mediakit.engine.session import run_session
    from mediakit.errors import PartialError
    from mediakit.recipe.bind import bind_sections
    from mediakit.steps.graph import Graph

    nodes = bind_sections([_section(link) for link in links])
    graph = Graph(command, nodes, ("",), output or Path())
    with open_display(json_output) as display:
        report = run_session(graph, cache=cache, jobs=jobs, emit=display, publish=output is not None)
    error = report.error()
    if error is not None and not (partial and isinstance(error, PartialError)):
        raise error
    artifacts = tuple(node.artifact for node in report.nodes if node.artifact is not None)
    return ChainResult(artifacts, report.published, report, error)


def _section(link: Link) -> Section:
    from mediakit.recipe.bind import Section

    return Section(link.step, _settings(link), targets=link.targets)


def _settings(link: Link) -> StepSettings:
    from pydantic import ValidationError

    from mediakit.errors import UsageError
    from mediakit.media.mistakes import find_mistakes
    from mediakit.recipe.bind import find_step

    model: type[StepSettings] = find_step(link.step).settings_type
    try:
        return model.model_validate({name: value for name, value in link.settings.items() if value is not None})
    except ValidationError as exc:
        first = find_mistakes(exc, model, dict(link.settings))[0]
        raise UsageError(f"{link.step}: {first.message}", hint=first.hint) from exc
