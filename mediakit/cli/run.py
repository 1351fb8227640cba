"""``mediakit run``: make what a recipe says; what is already made stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.cli.display import Display
    from mediakit.engine.report import RunReport
    from mediakit.recipe.loading import Recipe

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file.", metavar="RECIPE")]
SetOption = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="KEY=VALUE", help="Change a variable, input or setting; may be repeated."),
]
OutputOption = Annotated[
    Optional[Path], typer.Option("--output", "-o", help="Folder for the results (default: what the recipe says).")
]
OnlyOption = Annotated[Optional[list[str]], typer.Option("--only", help="Only this item of a batch; may be repeated.")]


def run(
    recipe: RecipeArgument,
    sets: SetOption = None,
    jobs: JobsOption = None,
    output: OutputOption = None,
    cache: CacheOption = None,
    only: OnlyOption = None,
    json_output: JsonOption = False,
) -> None:
    """Run a recipe. Exit code 6 when some items of a batch failed; the others are finished."""
    from dataclasses import replace

    from mediakit.cli.display import open_display, print_note
    from mediakit.engine.plan import select_items
    from mediakit.engine.session import run_session
    from mediakit.recipe.loading import load_recipe

    loaded = load_recipe(recipe, sets or [], output=output)
    loaded = replace(loaded, graph=select_items(loaded.graph, only or []))
    with open_display(json_output) as display:
        report = run_session(loaded.graph, cache=cache, jobs=jobs, emit=display)
        if not report.cancelled:
            _record(loaded, report, display)
        more = display.left_out()
    if more and not json_output:
        print_note(more)
    _close(loaded, report, json_output)


def _record(recipe: Recipe, report: RunReport, display: Display) -> None:
    """Write what was ingested and transcribed into the recipe's library."""
    if recipe.library is None:
        return
    from mediakit.steps.jobs import Event
    from mediakit.steps.recording import record_outputs

    settings = {node.id: node.settings for node in recipe.graph.nodes}
    outputs = [(settings[node.node], node.artifact) for node in report.nodes if node.artifact is not None]
    added = record_outputs(recipe.library, outputs)
    new = sum(one.is_new for one in added)
    if new:
        display(Event("library", "", f"{new} new in the library {recipe.library}", {"new": new}))


def _close(recipe: Recipe, report: RunReport, json_output: bool) -> None:
    """Print the closing report and end with its exit code."""
    from mediakit.cli.display import print_json, print_note

    error = report.error()
    if json_output:
        closing = {"event": "result", "recipe": recipe.name, "output": str(recipe.graph.output), **report.as_json()}
        if error is not None:
            closing |= {"message": str(error), "hint": error.hint}
        print_json(closing)
    else:
        for line in list_results(report, recipe.graph.output):
            print(line)
        for line in describe_report(report):
            print_note(line)
        if error is not None and len(recipe.graph.items) == 1:
            raise error
    if error is not None:
        raise typer.Exit(error.exit_code)


def list_results(report: RunReport, output: Path) -> list[str]:
    """Return what was published, in lines; a batch that was gathered (an overview) is told by that alone."""
    gathered = [path for node in report.outside for path in node.published]
    if not gathered:
        return list_published(report.published, output)
    return [str(path) for path in gathered if path.parent == output]


def list_published(paths: Sequence[Path], output: Path) -> list[str]:
    """Return the published files in lines: each folder by its largest file, and how many lie beside it.

    A folder's own folders count with it (a stream's segments, a package's data); files at the top stand alone.
    """
    folders: dict[Path, list[Path]] = {}
    for path in sorted(paths, key=lambda path: len(path.parts)):
        home = path.parent
        while home != output and home.parent != output and home.parent in folders:
            home = home.parent
        folders.setdefault(home, []).append(path)
    lines = []
    for folder in sorted(folders):
        files = sorted(folders[folder])
        if folder == output:
            lines += [str(path) for path in files]
            continue
        largest = max(files, key=lambda path: path.stat().st_size if path.exists() else 0)
        beside = f"  (and {len(files) - 1} more)" if len(files) > 1 else ""
        lines.append(f"{largest}{beside}")
    return lines


def describe_report(report: RunReport) -> list[str]:
    """Return the closing report in lines: counts, then what failed and why."""
    from mediakit.cli.batch import describe_items
    from mediakit.cli.display import format_seconds

    counts = [f"{report.count('made')} made", f"{report.count('kept')} kept"]
    for state in ("failed", "skipped", "cancelled"):
        number = report.count(state)
        if number:
            counts.append(f"{number} {state}")
    lines = [f"{', '.join(counts)} in {format_seconds(report.seconds)}"]
    if report.jobs_made:
        lines[0] += f" ({report.jobs_made} jobs run, {report.jobs_kept} kept)"
    return lines if len(report.items) < 2 else [*lines, *describe_items(report)]
