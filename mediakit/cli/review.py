"""``mediakit review``: sign files off, and see what is signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mediakit.cli.options import JsonOption

app = typer.Typer(help="Ordered sign-off by different people, bound to a file's content.", no_args_is_help=True)

FilesArgument = Annotated[list[Path], typer.Argument(help="Files, or a stream's main playlist.")]
LedgerOption = Annotated[
    Optional[Path],
    typer.Option("--ledger", help="The ledger (default: review.json in the nearest folder above that has one)."),
]


@app.command("sign")
def sign(
    files: FilesArgument,
    by: Annotated[str, typer.Option("--by", help="Who signs, by name.")],
    role: Annotated[Optional[str], typer.Option("--role", help="editor, department or leader.")] = None,
    level: Annotated[Optional[int], typer.Option("--level", help="1, 2 or 3 instead of a role.")] = None,
    note: Annotated[Optional[str], typer.Option("--note", help="A remark that is kept.")] = None,
    ledger: LedgerOption = None,
    json_output: JsonOption = False,
) -> None:
    """Sign files off: editor first, then department, then leader, each another person."""
    from mediakit.cli.display import print_result
    from mediakit.errors import UsageError
    from mediakit.review.ledger import find_ledger, relative_name
    from mediakit.review.signing import parse_role, sign_file
    from mediakit.tools.opening import check_file

    if (role is None) == (level is None):
        raise UsageError("say at which level: --role editor|department|leader, or --level 1|2|3")
    chosen = parse_role(role) if role is not None else level or 0
    for file in files:
        check_file(file)
    signed = []
    for file in files:
        place = ledger or find_ledger(file)
        entry = sign_file(file, place, name=by, level=chosen, note=note)
        own = relative_name(file, place)
        signed.append({**entry.model_dump(mode="json", exclude_none=True), "ledger": str(place), "covers": own})
    if json_output:
        print_result({"signed": signed}, True)
        return
    lines = []
    for one in signed:
        twin = "" if one["file"] == one["covers"] else f", with {one['file']}, which holds the same"
        lines.append(f"{one['covers']}: signed by {one['name']} as {one['role']} (level {one['level']}){twin}")
    print_result({"signed": lines, "ledger": signed[-1]["ledger"]}, False)


@app.command("status")
def status(
    files: FilesArgument,
    levels: Annotated[int, typer.Option("--levels", min=0, max=3, help="So many levels are asked for.")] = 3,
    ledger: LedgerOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show who signed files off; exit code 5 when a level is missing or the sign-offs are void."""
    from mediakit.cli.display import print_result
    from mediakit.media.playlist import digest_programme
    from mediakit.review.ledger import find_ledger, read_ledger, relative_name
    from mediakit.review.signing import review_content
    from mediakit.tools.opening import check_file

    found = []
    for file in files:
        check_file(file)
        place = ledger or find_ledger(file)
        found.append(review_content(read_ledger(place), digest_programme(file), relative_name(file, place)))
    if json_output:
        data = [
            {
                "file": one.file,
                "digest": one.digest,
                "level": one.level,
                "missing": one.missing(levels),
                "signed": [entry.model_dump(mode="json", exclude_none=True) for entry in one.signed],
                "void": [entry.model_dump(mode="json", exclude_none=True) for entry in one.void],
            }
            for one in found
        ]
        print_result({"levels": levels, "files": data}, True)
    else:
        print_result({"files": [f"{one.file}: {one.describe(levels)}" for one in found]}, False)
    if any(one.missing(levels) for one in found):
        raise typer.Exit(5)
