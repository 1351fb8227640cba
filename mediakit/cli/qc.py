"""``mediakit qc``: measure finished files against a channel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.cli.display import Display
    from mediakit.media.qcreport import QcReport


def qc(
    files: Annotated[list[Path], typer.Argument(help="Finished files, or a stream's main playlist.")],
    channel: Annotated[
        Optional[str], typer.Option("--channel", "-c", help="Channel (default: what rendition.json beside says).")
    ] = None,
    channels: Annotated[Optional[Path], typer.Option("--channels", help="A file with channels of your own.")] = None,
    profile: Annotated[Optional[str], typer.Option("--profile", help="Rules (default: the channel's).")] = None,
    only: Annotated[Optional[list[str]], typer.Option("--only", help="Only this check; may be repeated.")] = None,
    output: Annotated[
        Optional[Path], typer.Option("-o", "--output", help="Folder for a report of each file, NAME.qc.json.")
    ] = None,
    report: Annotated[Optional[Path], typer.Option("--report", help="Report file (one file only).")] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure files against a channel: loudness, picture faults, container, limits. A failed check exits 5."""
    from mediakit.channels.loading import load_profiles
    from mediakit.cli.display import open_display, print_note
    from mediakit.errors import InputError, UsageError

    if report is not None and len(files) > 1:
        raise UsageError("--report names one file, and there are several", hint="use -o with a folder")
    profiles = load_profiles(channels)
    desk = _Desk(profiles, channel, profile, tuple(only or ()))
    reports: list[tuple[Path, QcReport]] = []
    failed: list[InputError] = []
    with open_display(json_output) as display:
        for path in files:
            try:
                found = desk.measure(path, display)
            except InputError as exc:
                if len(files) == 1:
                    raise
                failed.append(exc)
                continue
            reports.append((path, found))
            if report is not None:
                found.write(report)
            if output is not None:
                found.write(output / f"{path.name}.qc.json")
    _print(reports, failed, json_output)
    for error in failed:
        print_note(f"error: {error}")
    if failed:
        raise typer.Exit(6)
    if any(found.verdict == "fail" for _, found in reports):
        raise typer.Exit(5)


class _Desk:
    """Measures one file after the other with the same options."""

    def __init__(self, profiles: Profiles, channel: str | None, profile: str | None, only: tuple[str, ...]) -> None:
        from mediakit.errors import UsageError
        from mediakit.media.mistakes import suggest

        if channel is not None:
            profiles.channel(channel)
        if profile is not None and profile not in profiles.qc:
            raise UsageError(f"no quality profile is called {profile!r}", hint=suggest(profile, profiles.qc))
        self._profiles, self._channel, self._profile, self._only = profiles, channel, profile, only

    def measure(self, path: Path, display: Display) -> QcReport:
        from mediakit.engine.session import cancel_on_signals
        from mediakit.errors import Cancelled, UsageError
        from mediakit.media.digests import digest_file
        from mediakit.media.playlist import digest_programme
        from mediakit.quality.beside import find_rendition
        from mediakit.quality.parts import inspect_parts, make_report, split_parts
        from mediakit.quality.target import make_target
        from mediakit.steps.jobs import Event
        from mediakit.tools.opening import check_file

        check_file(path)
        rendition, warning = find_rendition(path, digest_file(path))
        if warning:
            display(Event("warning", "", warning))
        channel_id = self._channel or (rendition.channel if rendition else None)
        if channel_id is None:
            raise UsageError(f"which channel is {path.name} for?", hint="name one with --channel; see channels list")
        if rendition is not None and rendition.channel != channel_id:
            rendition = None
        channel = self._profiles.channel(channel_id)
        rules = self._profiles.qc[self._profile or channel.qc]
        target = make_target(channel, self._profiles.loudness[channel.audio.loudness], rules, rendition, self._only)
        name = path.name
        display(Event("run", "", "", {"items": 1, "weights": {name: 1.0}}))
        display(Event("started", name, "", {"reasons": []}))
        with cancel_on_signals() as cancel:
            results = inspect_parts(
                split_parts(path, target),
                on_progress=lambda done: display(Event("progress", name, "", {"fraction": done})),
                is_cancelled=cancel.is_set,
            )
            if cancel.is_set():
                raise Cancelled(where=name)
        made = make_report(name, digest_programme(path), channel_id, results)
        display(Event("measured", name, "", {"verdict": made.verdict}))
        return made


def _print(reports: list[tuple[Path, QcReport]], failed: list[Any], json_output: bool) -> None:
    from mediakit.cli.display import print_result

    if json_output:
        data = [{"path": str(path), **found.model_dump(mode="json", by_alias=True)} for path, found in reports]
        print_result({"reports": data, "failed": [str(error) for error in failed]}, True)
        return
    for path, found in reports:
        _print_table(path, found)


def _print_table(path: Path, report: QcReport) -> None:
    from mediakit.media.times import format_clock

    marks = {"pass": "pass", "warn": "WARN", "fail": "FAIL", "unmeasured": "–"}
    lines = [f"{path.name} for {report.channel}: {report.verdict}"]
    for check in report.checks:
        lines.append(f"  {marks[check.verdict]:<5} {check.id:<15} {check.message}")
        for span in check.where[:4] if check.verdict in ("warn", "fail") else ():
            times = f"{format_clock(span.start, decimals=2)}–{format_clock(span.end, decimals=2)}"
            lines.append(f"{'':24}at {times}")
        if check.verdict in ("warn", "fail") and check.source:
            lines.append(f"{'':24}limit {check.limit or '–'} {check.unit or ''} ({check.source})")
    sys.stdout.write("\n".join(lines) + "\n")
