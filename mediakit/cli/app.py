"""The command line's root: gathers the commands and turns errors into text and exit codes.

A command's module is imported at start, so it holds nothing but its options; what it needs is imported when it runs.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Annotated

import typer

COMMANDS = {
    "doctor": "mediakit.cli.doctor:doctor",
    "new": "mediakit.cli.new:new",
    "ingest": "mediakit.cli.ingest:ingest",
    "transcribe": "mediakit.cli.transcribe:transcribe",
    "subtitle": "mediakit.cli.subtitle:subtitle",
    "highlights": "mediakit.cli.highlights:highlights",
    "cut": "mediakit.cli.cut:cut",
    "render": "mediakit.cli.render:render",
    "qc": "mediakit.cli.qc:qc",
    "package": "mediakit.cli.package:package",
    "run": "mediakit.cli.run:run",
    "plan": "mediakit.cli.plan:plan",
    "clean": "mediakit.cli.clean:clean",
    "schema": "mediakit.cli.schema:schema",
}
GROUPS = {
    "review": "mediakit.cli.review:app",
    "library": "mediakit.cli.library:app",
    "channels": "mediakit.cli.channels:app",
}

app = typer.Typer(
    name="mediakit",
    help="Micro-documentary episodes: filmed once, published everywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from mediakit import __version__

        typer.echo(f"mediakit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Micro-documentary episodes: filmed once, published everywhere."""


def _load(target: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def _register() -> None:
    for name, target in COMMANDS.items():
        app.command(name)(_load(target))  # type: ignore[type-var]
    for name, target in GROUPS.items():
        group = _load(target)
        assert isinstance(group, typer.Typer)
        app.add_typer(group, name=name)


_register()


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors are printed as text, or JSON with ``--json``."""
    from mediakit.errors import Cancelled, MediakitError

    try:
        code = app(arguments, standalone_mode=True)
        return int(code or 0)
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else (0 if exc.code is None else 2)
    except KeyboardInterrupt:
        return _report(Cancelled(), arguments)
    except MediakitError as exc:
        return _report(exc, arguments)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as exc:
        if os.environ.get("MEDIAKIT_DEBUG") == "1":
            raise
        error = MediakitError(
            f"unexpected {type(exc).__name__}: {exc}", hint="run again with MEDIAKIT_DEBUG=1 and report the traceback"
        )
        return _report(error, arguments)


def _report(error: object, arguments: list[str]) -> int:
    from mediakit.errors import MediakitError, ToolError

    assert isinstance(error, MediakitError)
    if os.environ.get("MEDIAKIT_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    if "--json" in arguments:
        record = {"event": "error", "message": str(error), "hint": error.hint, "exit_code": error.exit_code}
        print(json.dumps(record, ensure_ascii=False), flush=True)
        return error.exit_code
    lines = [f"error: {error}"]
    if isinstance(error, ToolError):
        lines += [f"  | {line}" for line in error.tail.splitlines()]
        if error.log_path:
            lines.append(f"  log: {error.log_path}")
    if error.hint:
        lines.append(f"  hint: {error.hint}")
    print("\n".join(lines), file=sys.stderr, flush=True)
    return error.exit_code
