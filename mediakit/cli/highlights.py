"""``mediakit highlights``: proposals for shorts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption, TracksOption


def highlights(
    media: Annotated[Path, typer.Argument(help="The media file.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the proposals (shorts.yaml).")],
    transcript: Annotated[
        Optional[Path], typer.Option("--transcript", "-t", help="Its transcript (default: transcribe it).")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="How many shorts.")] = 3,
    shortest: Annotated[str, typer.Option("--min", help="Shortest: 15, 15s, 1m.")] = "15",
    longest: Annotated[str, typer.Option("--max", help="Longest.")] = "60",
    tracks: TracksOption = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Propose shorts that start and end at sentences, in a file made to be edited."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.media.shorts import read_shorts
    from mediakit.media.times import format_clock

    settings = {"transcript": transcript, "count": count, "min": shortest, "max": longest}
    links = [Link("ingest", {"media": media, "tracks": tracks})]
    if transcript is None:
        links.append(Link("transcribe", {}))
    links.append(Link("highlights", settings, targets={"shorts.yaml": output}))
    result = run_chain(links, command="highlights", json_output=json_output, jobs=jobs, cache=cache)
    shorts = read_shorts(result.artifacts[-1].path("shorts.yaml")).shorts
    lines = [
        f"{short.id}  {format_clock(short.spans[0].start)}-{format_clock(short.spans[-1].end)}"
        f"  {short.duration:.1f} s  {short.title}"
        for short in shorts
    ]
    listed = [short.model_dump(mode="json") for short in shorts] if json_output else lines
    print_result({"shorts": listed, "file": str(output)}, json_output)
