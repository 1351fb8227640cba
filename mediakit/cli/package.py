"""``mediakit package``: packages for outlets from a folder of renditions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.delivery.packaging import Candidate
    from mediakit.delivery.publication import Words


def package(
    folder: Annotated[Path, typer.Argument(help="A folder with renditions, as `mediakit render` leaves it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the packages.")],
    review: Annotated[int, typer.Option("--review", min=0, max=3, help="So many sign-offs must be there.")] = 0,
    series: Annotated[Optional[str], typer.Option("--series", help="The series' name.")] = None,
    episode: Annotated[Optional[str], typer.Option("--episode", help="The episode's number or name.")] = None,
    title: Annotated[Optional[str], typer.Option("--title", help="Title for all outlets.")] = None,
    description: Annotated[Optional[str], typer.Option("--description", help="Description for all outlets.")] = None,
    tag: Annotated[Optional[list[str]], typer.Option("--tag", help="A topic; may be repeated.")] = None,
    notice: Annotated[Optional[str], typer.Option("--copyright", help="Copyright notice.")] = None,
    publisher: Annotated[Optional[str], typer.Option("--publisher", help="Who publishes.")] = None,
    channel: Annotated[Optional[list[str]], typer.Option("--channel", "-c", help="Only this channel.")] = None,
    channels: Annotated[Optional[Path], typer.Option("--channels", help="A file with channels of your own.")] = None,
    ledger: Annotated[Optional[Path], typer.Option("--ledger", help="The ledger of sign-offs.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Make a package for each channel; what failed its checks or is not signed stays behind (exit code 5)."""
    from mediakit.channels.loading import load_profiles
    from mediakit.cli.display import open_display
    from mediakit.delivery.packaging import build_packages, write_index
    from mediakit.delivery.publication import Words
    from mediakit.steps.jobs import Event

    profiles = load_profiles(channels)
    for channel_id in channel or ():
        profiles.channel(channel_id)
    words = Words(
        series=series,
        episode=episode,
        title=title,
        description=description,
        tags=tuple(tag or ()),
        copyright=notice,
        publisher=publisher,
    )
    candidates = _gather(folder, words, profiles, set(channel or ()), review, ledger)
    with open_display(json_output) as display:
        display(Event("run", "", "", {"items": 1, "weights": {"package": 1.0}}))
        display(Event("started", "package", "", {"reasons": []}))
        index = build_packages(
            candidates,
            words,
            output,
            on_progress=lambda done: display(Event("progress", "package", "", {"fraction": done})),
        )
        write_index(index, output)
    _print(index, output, json_output)
    if index.left_out:
        raise typer.Exit(5)


def _gather(
    folder: Path, words: Words, profiles: Profiles, wanted: set[str], levels: int, ledger_path: Path | None
) -> list[Candidate]:
    from mediakit.errors import InputError
    from mediakit.media.qcreport import QcReport
    from mediakit.media.rendition import Rendition
    from mediakit.review.ledger import find_ledger, relative_name
    from mediakit.steps.package import judge_rendition, read_sign_offs

    if not folder.is_dir():
        raise InputError("is not a folder" if folder.exists() else "no such folder", where=folder)
    candidates: list[Candidate] = []
    for path in sorted(folder.rglob("rendition.json")):
        rendition = Rendition.read(path)
        if wanted and rendition.channel not in wanted:
            continue
        main, report = path.parent / rendition.main, path.parent / "qc.json"
        place = ledger_path or find_ledger(main)
        ledger, fault = read_sign_offs(place if levels else None)
        candidates.append(
            judge_rendition(
                rendition,
                path.parent,
                words,
                profiles,
                report=QcReport.read(report) if report.is_file() else None,
                ledger=ledger,
                ledger_fault=fault,
                file=relative_name(main, place),
                levels=levels,
            )
        )
    if not candidates:
        raise InputError("holds no rendition.json", where=folder, hint="name the folder that `mediakit render` wrote")
    return candidates


def _print(index: Any, output: Path, json_output: bool) -> None:
    from mediakit.cli.display import print_result

    if json_output:
        print_result({"output": str(output), **index.model_dump(mode="json", exclude={"schema_"})}, True)
        return
    lines = [f"{output / one.folder}  {one.title}" for one in index.packages]
    lines += [f"not packaged: {one.channel}/{one.stem}: {'; '.join(one.reasons)}" for one in index.left_out]
    print_result({"packages": lines, "index": output / "index.md"}, False)
