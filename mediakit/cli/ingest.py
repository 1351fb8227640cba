"""``mediakit ingest``: media files and folders into the asset library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption, TracksOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.engine.report import NodeReport
    from mediakit.library.model import Added

LibraryOption = Annotated[
    Optional[Path],
    typer.Option("--library", help="Library folder (default: MEDIAKIT_LIBRARY, else the user's data folder)."),
]


def ingest(
    sources: Annotated[list[Path], typer.Argument(help="Media files, or folders of them.")],
    library: LibraryOption = None,
    proxy: Annotated[bool, typer.Option("--proxy", help="Make a small copy for viewing as well.")] = False,
    name: Annotated[Optional[str], typer.Option("--name", help="Name in the library (one file only).")] = None,
    series: Annotated[Optional[str], typer.Option("--series", help="Series that they belong to.")] = None,
    column: Annotated[Optional[str], typer.Option("--column", help="Column (programme slot).")] = None,
    note: Annotated[Optional[str], typer.Option("--note", help="Notes, for search.")] = None,
    tag: Annotated[Optional[list[str]], typer.Option("--tag", help="A tag; may be repeated.")] = None,
    shot_on: Annotated[Optional[str], typer.Option("--shot-on", help="Shooting date, YYYY-MM-DD.")] = None,
    accept_damaged: Annotated[
        bool, typer.Option("--accept-damaged", help="Take files that are cut short, as far as they go.")
    ] = False,
    tracks: TracksOption = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Probe media and take it into the asset library; a bad file does not stop the others."""
    from mediakit.cli.display import open_display
    from mediakit.engine.session import run_session
    from mediakit.errors import UsageError
    from mediakit.library.database import default_folder
    from mediakit.library.gathering import gather_media
    from mediakit.steps.recording import record_outputs

    files = gather_media(sources)
    if name is not None and len(files) > 1:
        raise UsageError("--name names one file, and there are several", hint="leave it out, or ingest them one by one")
    settings: dict[str, Any] = {"proxy": proxy, "name": name, "series": series, "column": column, "notes": note}
    settings |= {"tags": tag or [], "shot_on": shot_on, "accept_damaged": accept_damaged, "tracks": tracks}
    graph = _make_graph(files, settings)
    with open_display(json_output) as display:
        report = run_session(graph, cache=cache, jobs=jobs, emit=display, publish=False)
    made = [(node, report_node) for node, report_node in zip(graph.nodes, report.nodes, strict=True)]
    folder = library or default_folder()
    added = record_outputs(folder, [(node.settings, r.artifact) for node, r in made if r.artifact is not None])
    error = report.error()
    if error is not None and (len(files) == 1 or report.cancelled):
        raise error
    failed = [node for node in report.nodes if node.error is not None]
    _print(folder, added, failed, json_output)
    if failed:
        raise typer.Exit(3 if len(failed) == len(files) else 6)


def _make_graph(files: Sequence[Path], settings: dict[str, Any]) -> Any:
    """Return one ingest node for each file, each an item of its own."""
    from pydantic import ValidationError

    from mediakit.errors import UsageError
    from mediakit.media.mistakes import find_mistakes
    from mediakit.steps.graph import Graph, Node
    from mediakit.steps.ingest import IngestSettings

    said = {key: value for key, value in settings.items() if value is not None}
    nodes: list[Node] = []
    taken: set[str] = set()
    for path in files:
        item = path.name
        if item in taken:
            item = str(path)
        taken.add(item)
        try:
            model = IngestSettings.model_validate({**said, "media": path})
        except ValidationError as exc:
            mistake = find_mistakes(exc, IngestSettings)[0]
            raise UsageError(mistake.message, hint=mistake.hint) from exc
        nodes.append(Node(f"{item}/ingest", item, "ingest", model, {"media": path}, stem=path.stem))
    return Graph("ingest", tuple(nodes), tuple(node.item for node in nodes))


def _print(folder: Path, added: Sequence[Added], failed: Sequence[NodeReport], json_output: bool) -> None:
    from mediakit.cli.display import print_result
    from mediakit.media.times import format_clock

    if json_output:
        assets = [
            {**one.asset.to_json(), "new": one.is_new, "duplicates": [str(path) for path in one.duplicates]}
            for one in added
        ]
        errors = [{"item": node.item, "message": str(node.error), "hint": node.error.hint} for node in failed
                  if node.error is not None]  # fmt: skip
        print_result({"library": str(folder), "assets": assets, "failed": errors}, True)
        return
    lines = []
    for one in added:
        state = "new  " if one.is_new else "known"
        asset = one.asset
        lines.append(f"{state}  {asset.digest[:12]}  {format_clock(asset.duration):>8}  {asset.kind:5}  {asset.name}")
        lines += [f"       exact duplicate of {path}" for path in one.duplicates]
    lines += [f"failed  {node.error}" for node in failed]
    print_result({"assets": lines, "library": folder}, False)
