"""``mediakit framing``: windows over a picture for frames of other shapes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption

if TYPE_CHECKING:
    from mediakit.media.framing import FramedShot, Framing


def framing(
    media: Annotated[Path, typer.Argument(help="The media file.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the windows (framing.yaml).")],
    picture: Annotated[
        Optional[Path], typer.Option(help="What was seen in it (picture.json; default: look at it).")
    ] = None,
    aspect: Annotated[
        Optional[list[str]],
        typer.Option("--aspect", "-a", help="Shape of the frames, such as 9:16; may repeat."),
    ] = None,
    edited: Annotated[Optional[Path], typer.Option(help="Show this framing file instead of choosing anew.")] = None,
    fallback: Annotated[str, typer.Option(help="For shots that no window does justice to: blur, pad, stack.")] = "blur",
    people: Annotated[str, typer.Option(help="Two people who do not fit one window: auto, switch, split.")] = "auto",
    texts: Annotated[str, typer.Option(help="Text on screen: keep it whole, or ignore it.")] = "keep",
    enlarge: Annotated[float, typer.Option(help="Smaller windows only while a pixel is enlarged no more.")] = 1.6,
    sheet: Annotated[bool, typer.Option("--sheet", help="Write contact sheets beside it.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Write a page for checking beside it.")] = False,
    language: Annotated[Optional[str], typer.Option(help="Language of sheet and page: zh or en.")] = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Choose which part of the picture frames of other shapes show, in a file made to be edited."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.media.framing_file import read_framing

    settings = {
        "picture": picture,
        "shapes": tuple(aspect or ("9:16",)),
        "edited": edited,
        "fallback": fallback,
        "people": people,
        "texts": texts,
        "enlarge": enlarge,
        "sheet": sheet,
        "html": html,
        "language": language,
    }
    links = [Link("ingest", {"media": media})]
    if picture is None:
        links.append(Link("look", {}))
    beside = output.parent
    targets = {"framing.yaml": output, "framing.html": output.with_suffix(".html"), "*.jpg": beside}
    links.append(Link("framing", settings, targets=targets))
    result = run_chain(links, command="framing", json_output=json_output, jobs=jobs, cache=cache)
    made = read_framing(result.artifacts[-1].path("framing.yaml"))
    listed = [
        {"shot": n, "start": shot.start, "end": shot.end, "why": _whys(shot)} for n, shot in enumerate(made.shots, 1)
    ]
    files = [str(path) for path in result.published]
    print_result({"shots": listed if json_output else _count(made), "files": files}, json_output)


def _whys(shot: FramedShot) -> dict[str, str]:
    return {shape: view.why for shape, view in shot.views.items()}


def _count(made: Framing) -> list[str]:
    """Return a line for each shape: how many shots are shown in which way."""
    from mediakit.media.framing import format_shape

    lines = []
    for shape in made.shapes:
        stretches = made.windows(shape).stretches
        shots = len(made.shots)
        ways = [path for one in stretches for path in one.paths]
        whole = sum(one.show == "fit" for one in stretches)
        moving = sum(not way.still for way in ways)
        split = sum(one.show == "split" for one in stretches)
        name = format_shape(shape)
        lines.append(f"{name}: {shots} shots, {moving} windows that move, {split} shots split, {whole} shown whole")
    return lines
