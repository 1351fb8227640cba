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
    weights: Annotated[
        Optional[str], typer.Option(help="What parts of the score count: story=0.3,voice=0.1; the others by default.")
    ] = None,
    titles_for: Annotated[
        Optional[str], typer.Option(help="Channels whose limits the proposed titles keep to: douyin,wx_channels.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print why each was chosen, and why others were not.")] = (
        False
    ),
    score: Annotated[
        Optional[Path], typer.Option(help="Compare with an editor's own choice (a file like shorts.yaml).")
    ] = None,
    tracks: TracksOption = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Propose shorts that begin and end at a thought, in a file made to be edited."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.cli.shorts_tables import print_comparison, print_reasons
    from mediakit.media.shorts import read_shorts
    from mediakit.media.shortsreport import ShortsReport
    from mediakit.media.times import format_clock

    settings = {
        "transcript": transcript,
        "count": count,
        "min": shortest,
        "max": longest,
        "weights": None if weights is None else read_weights(weights),
        "score": score,
        "titles_for": None if titles_for is None else [name.strip() for name in titles_for.split(",") if name.strip()],
    }
    links = [Link("ingest", {"media": media, "tracks": tracks})]
    if transcript is None:
        links.append(Link("transcribe", {}))
    links.append(Link("highlights", settings, targets={"shorts.yaml": output}))
    result = run_chain(links, command="highlights", json_output=json_output, jobs=jobs, cache=cache, partial=True)
    shorts = read_shorts(result.artifacts[-1].path("shorts.yaml")).shorts
    report = ShortsReport.read(result.artifacts[-1].path("shorts.json"))
    lines = [
        f"{short.id}  {format_clock(short.spans[0].start)}-{format_clock(short.spans[-1].end)}"
        f"  {short.duration:.1f} s  {short.title}"
        for short in shorts
    ]
    if json_output:
        told = {"report": report.model_dump(mode="json")} if explain or score is not None else {}
        print_result({"shorts": [short.model_dump(mode="json") for short in shorts], "file": str(output), **told}, True)
    else:
        print_result({"shorts": lines, "file": str(output)}, json_output)
        if explain:
            print_reasons(report)
        if report.comparison is not None:
            print_comparison(report.comparison)
    if result.error is not None:
        raise result.error


def read_weights(text: str) -> dict[str, float]:
    """Return the weights in ``story=0.3,voice=0.1``.

    Raises:
        UsageError: it is not written so.
    """
    from mediakit.errors import UsageError

    made: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            made[name.strip()] = float(number)
        except ValueError as exc:
            raise UsageError(
                f"--weights: {part.strip()!r} is not a part and a number", hint="write story=0.3,voice=0.1"
            ) from exc
    return made
