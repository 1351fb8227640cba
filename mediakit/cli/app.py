"""The command line's root: gathers the commands and turns errors into text and exit codes.

A command's module is imported when it is called; it holds its options, and what it needs is imported when it runs.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "doctor": "Say what this machine has and lacks; exit 4 when something essential is missing.",
    "new": "Make a project folder with a commented recipe, and say what to put where.",
    "ingest": "Probe media and take it into the asset library; a bad file does not stop the others.",
    "transcribe": "Recognise speech: words with times, corrected by a glossary and a script.",
    "subtitle": "Make subtitles from a transcript, or convert, check and repair a subtitle file.",
    "look": "Find a picture's shots, and in each its faces, the text on screen, movement and good stills.",
    "highlights": "Propose shorts that begin and end at a thought, in a file made to be edited.",
    "framing": "Choose which part of the picture frames of other shapes show, in a file made to be edited.",
    "cut": "Cut shorts or spans out of a file: every frame and sample that was asked for, and no other.",
    "render": "Render MEDIA, or an edit, for channels: picture, sound, subtitles and cover, one folder a channel.",
    "qc": "Measure files against a channel: loudness, picture faults, container, limits. A failed check exits 5.",
    "package": "Make a package for each channel; what failed its checks or is not signed stays behind (exit code 5).",
    "run": "Run a recipe. Exit code 6 when some items of a batch failed; the others are finished.",
    "plan": "Say what a run would make, why, and about how long it would take. Nothing is made.",
    "clean": "Show the cache's size; remove what dead runs left, what exceeds the limit and what is asked for.",
    "schema": "Print the JSON Schema of recipes or of a file; without a name, what there is.",
}
"""Each command with its line in the list; ``mediakit.cli.<name>`` holds a function of that name."""

GROUPS = {
    "review": "Ordered sign-off by different people, bound to a file's content.",
    "library": "The asset library: list, search, show, verify.",
    "timeline": "Edits from and to other programs: OTIO, CMX 3600 EDL, Final Cut Pro 7 XML.",
    "channels": "The outlets that are known, and what each one takes.",
}
"""Each group with its line in the list; ``mediakit.cli.<name>`` holds it as ``app``."""


_CONTEXT = {"help_option_names": ["-h", "--help"]}


class _LazyGroup(TyperGroup):
    """Imports a command's module when that command is called, so a start costs one module and not all."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order of the list."""
        return [*COMMANDS, *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, made from its module the first time."""
        if cmd_name not in COMMANDS and cmd_name not in GROUPS:
            self._fill()
        elif cmd_name not in self.commands:
            self.commands[cmd_name] = _build(cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """List the commands by their lines alone."""
        self._fill()
        super().format_help(ctx, formatter)

    def _fill(self) -> None:
        """Put names and lines of all commands in, for the list and for the nearest right word."""
        for name, line in (COMMANDS | GROUPS).items():
            self.commands.setdefault(name, TyperCommand(name, help=line))


def _build(name: str) -> Any:
    module = import_module(f"mediakit.cli.{name}")
    holder = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if name in GROUPS:
        holder.add_typer(module.app, name=name)
        group = typer.main.get_command(holder)
        assert isinstance(group, TyperGroup)
        return group.commands[name]
    holder.command(name, context_settings=_CONTEXT)(getattr(module, name))
    return typer.main.get_command(holder)


app = typer.Typer(
    name="mediakit",
    cls=_LazyGroup,
    help="Micro-documentary episodes: filmed once, published everywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
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


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors are printed as text, or JSON with ``--json``."""
    from mediakit.errors import Cancelled, MediakitError

    try:
        code = app(arguments, standalone_mode=False)
        return code if isinstance(code, int) else 0
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
        if hasattr(exc, "format_message"):  # typer's own: a wrong option, argument or command
            return _report_usage(exc, arguments)
        if os.environ.get("MEDIAKIT_DEBUG") == "1":
            raise
        error = MediakitError(
            f"unexpected {type(exc).__name__}: {exc}", hint="run again with MEDIAKIT_DEBUG=1 and report the traceback"
        )
        return _report(error, arguments)


def _report_usage(exc: Any, arguments: list[str]) -> int:
    from mediakit.errors import UsageError

    if not arguments:
        print(exc.format_message(), file=sys.stderr)
        return UsageError.exit_code
    context = getattr(exc, "ctx", None)
    hint = f"{context.command_path} --help lists what it takes" if context is not None else None
    return _report(UsageError(exc.format_message(), hint=hint), arguments)


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
