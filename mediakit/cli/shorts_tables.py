"""Tables for people: why shorts were chosen, and how the choice compares with an editor's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from mediakit.media.shortsreport import Agreement, Comparison, JudgedRun, ShortsReport

_WIDTH = 118
_COLUMNS = 6
_STRONG, _WEAK = 0.75, 0.35
_NAMED = 3


def _open_console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def _open_table(*heads: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for k, head in enumerate(heads):
        table.add_column(head, justify="left" if k == 0 else "right", no_wrap=k == 0)
    return table


def print_reasons(report: ShortsReport) -> None:
    """Print the ranks of the chosen, then for each what speaks for and against it, then the best that were not."""
    console = _open_console()
    for first in range(0, len(report.chosen), _COLUMNS):
        console.print()
        console.print(_list_ranks(report, report.chosen[first : first + _COLUMNS]))
    if report.chosen:
        console.print(f"Ranks within the episode among {report.runs} runs of sentences: 100 is the highest.")
    for run in report.chosen:
        _print_run(console, run, f"{run.id}  {_time(run)}  {run.title}", report)
    if report.passed_over:
        console.print("\nNot chosen, best first")
    for run in report.passed_over:
        _print_run(console, run, f"{_time(run)}  {run.title}", report)
    for remark in report.remarks:
        console.print(f"\nNote: {remark}")


def _list_ranks(report: ShortsReport, runs: Sequence[JudgedRun]) -> Table:
    from mediakit.highlights.scoring import PARTS

    table = _open_table("part", "weight", *(run.id for run in runs))
    table.add_column("what a high rank says")
    total = sum(report.weights.values())
    for name, meaning in PARTS.items():
        ranks = [f"{100 * run.parts[name]:.0f}" if name in run.parts else "no value" for run in runs]
        weight = report.weights.get(name, 0.0)
        share = f"{100 * weight / total:.0f} %" if weight else "not counted"
        table.add_row(name, share, *ranks, meaning, style=None if weight else "dim")
    table.add_section()
    table.add_row("score", "", *(f"{100 * run.score:.0f}" for run in runs), "")
    return table


def _print_run(console: Console, run: JudgedRun, head: str, report: ShortsReport) -> None:
    counted = sorted(((rank, name) for name, rank in run.parts.items() if report.weights.get(name)), reverse=True)
    strong = [name for rank, name in counted if rank >= _STRONG][:_NAMED]
    weak = [f"low {name}" for rank, name in reversed(counted) if rank < _WEAK][:_NAMED]
    lines = [f"\n{head}", f"  opens   {run.opens_with}"]
    if run.closes_with != run.opens_with:
        lines.append(f"  closes  {run.closes_with}")
    lines.append(f"  for     {', '.join(strong) or 'nothing stands out'} (score {100 * run.score:.0f})")
    if against := [*run.against, *weak]:
        lines.append(f"  against {'; '.join(against)}")
    if run.passed_over:
        lines.append(f"  not taken: {run.passed_over}")
    for line in lines:
        console.print(line, soft_wrap=True)


def _time(run: JudgedRun) -> str:
    from mediakit.media.times import format_clock

    return f"{format_clock(run.start)}-{format_clock(run.end)}"


def print_comparison(comparison: Comparison) -> None:
    """Print how the choice agrees with an editor's, beside the baselines."""
    console = _open_console()
    table = _open_table("choice", "precision", "recall", "overlap", "IoU")
    rows: list[tuple[str, Agreement]] = [("these shorts", comparison.ours), ("random (mean)", comparison.random)]
    rows += [(f"{name} {comparison.asked}", agreement) for name, agreement in comparison.baselines.items()]
    for name, agreement in rows:
        values = (agreement.precision, agreement.recall, agreement.overlap, agreement.iou)
        table.add_row(name, *(f"{100 * value:.0f} %" for value in values))
    console.print()
    console.print(table)
    low, high = comparison.random_interval
    console.print(
        f"{comparison.asked} proposed, {comparison.editors} chosen by the editor. Precision: share of the proposed "
        f"that meet one of the editor's (IoU 0.5 or more); 95 % of 2000 random choices lie between {100 * low:.0f} and "
        f"{100 * high:.0f} %. Better than {100 * comparison.beaten:.1f} % of random choices."
    )
    for met in comparison.met:
        what = f"{met.short} (IoU {met.iou:.2f})" if met.short else "nothing"
        console.print(f"  {met.choice}: {what}")
