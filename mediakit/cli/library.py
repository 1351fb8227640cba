"""``mediakit library``: look into the asset library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from mediakit.library.assets import Library
    from mediakit.library.model import Asset

app = typer.Typer(help="The asset library: list, search, show, verify.", no_args_is_help=True)

LibraryOption = Annotated[
    Optional[Path],
    typer.Option("--library", help="Library folder (default: MEDIAKIT_LIBRARY, else the user's data folder)."),
]


def _open(folder: Path | None) -> Library:
    from mediakit.library.assets import Library
    from mediakit.library.database import default_folder

    return Library.open(folder or default_folder())


@app.command("list")
def list_assets(
    library: LibraryOption = None,
    series: Annotated[Optional[str], typer.Option("--series", help="Only this series.")] = None,
    column: Annotated[Optional[str], typer.Option("--column", help="Only this column.")] = None,
    tag: Annotated[Optional[str], typer.Option("--tag", help="Only with this tag.")] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Shoots, clips and minutes by series and column.")] = False,
    json_output: JsonOption = False,
) -> None:
    """List the assets, or count them by series and column."""
    from mediakit.cli.display import print_result

    with _open(library) as opened:
        if counts:
            found = [c for c in opened.count_assets() if series in (None, c.series) and column in (None, c.column)]
            rows = [c.to_json() for c in found]
            lines = [
                f"{c.shoots:4} shoots  {c.clips:5} clips  {c.minutes:9.1f} min  {c.series or '-'} / {c.column or '-'}"
                for c in found
            ]
            print_result({"counts": rows if json_output else lines}, json_output)
            return
        assets = opened.list_assets(series=series, column=column, tag=tag)
    print_result({"assets": [a.to_json() if json_output else _line(a) for a in assets]}, json_output)


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(help="Words in Chinese or English, of any length.")],
    library: LibraryOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 20,
    json_output: JsonOption = False,
) -> None:
    """Find assets by name, note, tag, series, column, file name or spoken words."""
    from mediakit.cli.display import print_result
    from mediakit.library.search import search_library
    from mediakit.media.times import format_clock

    with _open(library) as opened:
        found = search_library(opened, " ".join(query), limit=limit)
    if json_output:
        print_result({"found": [one.to_json() for one in found]}, True)
        return
    lines = []
    for one in found:
        lines.append(_line(one.asset))
        for hit in one.hits:
            time = "" if hit.start is None else f" {format_clock(hit.start)}"
            lines.append(f"    {hit.field}{time}: {hit.excerpt}")
    print_result({"found": lines or ["nothing found"]}, False)


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="A path, a digest (or its first digits) or a name.")],
    library: LibraryOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show all that is known of one asset."""
    from mediakit.cli.display import print_result

    with _open(library) as opened:
        asset = opened.find_asset(reference)
        probe = opened.get_probe(asset.digest)
        transcripts = opened.get_transcripts(asset.digest)
    data: dict[str, Any] = asset.to_json()
    if json_output:
        data |= {"probe": probe.model_dump(mode="json", by_alias=True, exclude_none=True)}
        data |= {"transcripts": [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in transcripts]}
        print_result(data, True)
        return
    from mediakit.library.describing import describe_probe

    said = {key: value for key, value in data.items() if value not in (None, [], ())}
    said["duration"] = f"{asset.duration:.2f} s"
    said["paths"] = [f"original: {path}" for path in asset.paths]
    said["tags"] = [f"tag: {tag}" for tag in asset.tags]
    said["transcripts"] = [f"transcript ({t.language}, {t.recogniser.engine}): {t.text}" for t in transcripts]
    print_result({**said, "streams": describe_probe(probe)}, False)


@app.command()
def verify(
    library: LibraryOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read every file whole.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Check that the originals are there and unchanged; exit 3 if not."""
    from mediakit.cli.display import print_result
    from mediakit.library.verify import verify_library

    with _open(library) as opened:
        findings = verify_library(opened, full=full)
    bad = [finding for finding in findings if finding.state != "unchanged"]
    if json_output:
        result = {"checked": len(findings), "unchanged": len(findings) - len(bad), "bad": [f.to_json() for f in bad]}
        print_result(result, True)
    else:
        lines = []
        for finding in bad:
            lines.append(f"{finding.state}: {finding.path} ({finding.name})")
            lines += [f"    a copy is at {path}" for path in finding.copies]
        print_result({"bad": lines, "checked": f"{len(findings)}, {len(bad)} missing or changed"}, False)
    if bad:
        raise typer.Exit(3)


def _line(asset: Asset) -> str:
    from mediakit.media.times import format_clock

    place = " / ".join(part for part in (asset.series, asset.column) if part)
    facts = "  ".join(part for part in (asset.shot_on, place) if part)
    return f"{asset.digest[:12]}  {format_clock(asset.duration):>8}  {asset.kind:5}  {asset.name}  {facts}".rstrip()
