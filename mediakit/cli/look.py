"""``mediakit look``: what is seen in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption

if TYPE_CHECKING:
    from mediakit.media.picture import PictureRecord, Shot


def look(
    media: Annotated[Path, typer.Argument(help="The media file.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write what is seen (picture.json).")],
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Find a picture's shots, and in each its faces, the text on screen, movement and good stills."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.media.picture import PictureRecord

    links = [Link("ingest", {"media": media}), Link("look", {}, targets={"picture.json": output})]
    result = run_chain(links, command="look", json_output=json_output, jobs=jobs, cache=cache)
    record = PictureRecord.read(result.artifacts[-1].path("picture.json"))
    if json_output:
        print_result({"file": str(output), **_count(record)}, True)
    else:
        print_result({"shots": [_describe(shot) for shot in record.shots], "file": str(output)}, False)


def _count(record: PictureRecord) -> dict[str, object]:
    return {
        "shots": len(record.shots),
        "persons": sum(len(shot.persons) for shot in record.shots),
        "writing": sum(len(shot.writing) for shot in record.shots),
        "unseen": list(record.unseen),
    }


def _describe(shot: Shot) -> str:
    from mediakit.media.times import format_clock

    times = f"{format_clock(shot.start, decimals=2)}-{format_clock(shot.end, decimals=2)}"
    faces = len(shot.persons)
    parts = [f"{faces} {'face' if faces == 1 else 'faces'}"] if faces else []
    parts += sorted({writing.kind for writing in shot.writing})
    return f"{times}  {', '.join(parts)}".rstrip()
