"""What a run looks like: bars with the time left on a terminal, plain lines elsewhere, JSON for machines.

Progress goes to standard error, results to standard output.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

    from mediakit.steps.jobs import Event


_WARNINGS = 20
"""So many warnings of items' steps are shown in a batch."""


def print_result(result: Mapping[str, Any], json_output: bool) -> None:
    """Print a command's result: one JSON object (``event`` is ``result``), or a plain line for each value."""
    if json_output:
        print_json({"event": "result", **result})
        return
    for name, value in result.items():
        if isinstance(value, list | tuple):
            for part in value:
                print(part)
        elif value is not None:
            print(f"{name.replace('_', ' ')}: {value}")
    sys.stdout.flush()


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def print_note(text: str) -> None:
    """Print a line for people, beside the results."""
    print(text, file=sys.stderr, flush=True)


def count_columns(text: str) -> int:
    """Return how many columns of a terminal a text takes (wide characters take two)."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def format_seconds(seconds: float) -> str:
    """Return a length of time for people: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def open_display(json_output: bool) -> Display:
    """Return the display that fits: JSON, a terminal's bars, or plain lines."""
    if json_output:
        return JsonDisplay()
    return BarDisplay() if sys.stderr.isatty() else Display()


class Display:
    """Plain lines: one for each finished node, warnings and problems. Call it with events; use as a context.

    A batch gets one line for each item that was made or failed; what an item's steps warn of is shown up to a number.
    """

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}
        self._is_batch = False
        self._warnings = 0

    def __enter__(self) -> Display:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the display."""

    def __call__(self, event: Event) -> None:
        """Show an event."""
        line = self.describe(event)
        if line:
            self.show(line)

    def show(self, line: str) -> None:
        """Print a line."""
        print_note(line)

    def describe(self, event: Event) -> str | None:
        """Return the line that an event is worth, if any."""
        if event.kind == "run":
            self._is_batch = event.data["items"] > 1
        if event.kind == "item":
            return _describe_item(event)
        if self._is_batch and self._is_passed_over(event):
            return None
        if event.kind in ("warning", "problem"):
            place = f"{event.node}: " if event.node else ""
            return f"{event.kind}: {place}{event.message}"
        if event.kind == "library":
            return event.message
        if event.kind == "started":
            self._reasons[event.node] = "; ".join(
                part for part in event.data.get("reasons", ()) if part != "not made yet"
            )
        if event.kind != "finished":
            return None
        state, data = event.data["state"], event.data
        if state == "kept":
            return f"{event.node}: kept"
        if state == "made":
            jobs = _describe_jobs(data["jobs_made"], data["jobs_kept"])
            reasons = self._reasons.get(event.node, "")
            return f"{event.node}: made in {format_seconds(data['seconds'])}{jobs}{f' ({reasons})' if reasons else ''}"
        return f"{event.node}: {state}" + (f" ({event.message})" if event.message else "")

    def _is_passed_over(self, event: Event) -> bool:
        """Tell whether an event of a batch is left to the line of its item, or to the count of warnings."""
        if event.kind == "warning" and "/" in event.node:
            self._warnings += 1
            return self._warnings > _WARNINGS
        return event.kind == "problem" or (event.kind == "finished" and bool(event.data.get("item")))

    def left_out(self) -> str | None:
        """Return a line that says how many warnings were not shown, if any were not."""
        hidden = self._warnings - _WARNINGS
        return f"{hidden} more warnings; --json has them all, --only ITEM those of one" if hidden > 0 else None


def _describe_item(event: Event) -> str | None:
    data = event.data
    number = f"[{data['ended']:{len(str(data['items']))}}/{data['items']}]"
    if data["state"] == "kept":
        return None
    if data["state"] == "failed":
        return f"{number} {data['item']}: {event.message}"
    return f"{number} {data['item']}: made in {format_seconds(data['seconds'])}"


def _describe_jobs(made: int, kept: int) -> str:
    if not made and not kept:
        return ""
    return f", {made} of {made + kept} jobs run" if kept else f", {made} jobs"


class JsonDisplay(Display):
    """Every event as one JSON object on standard output."""

    def __call__(self, event: Event) -> None:
        """Print an event."""
        record: dict[str, Any] = {"event": event.kind}
        if event.node:
            record["node"] = event.node
        if event.message:
            record["message"] = event.message
        print_json({**record, **event.data})


class BarDisplay(Display):
    """Bars on a terminal: one for the whole run with the time left, one for each running node."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Progress | None = None
        self._whole: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._weights: dict[str, float] = {}
        self._fractions: dict[str, float] = {}
        self._started: float | None = None
        self._items = ""

    def close(self) -> None:
        """Take the bars away; the lines above them stay."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def show(self, line: str) -> None:
        """Print a line above the bars."""
        if self._bars is None:
            print_note(line)
        else:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if event.kind == "run":
            self._weights = dict(event.data["weights"])
            self._fractions = dict.fromkeys(self._weights, 0.0)
        elif event.kind == "reading":
            self._bar(event.node, float(event.data["fraction"]), f"reading {event.message}")
        elif event.kind == "started":
            self._started = self._started or time.monotonic()
            self._bar(event.node, 0.0, "")
        elif event.kind == "progress":
            self._advance(event)
        elif event.kind == "finished":
            self._fractions[event.node] = 1.0
            if event.data["state"] != "made":
                self._weights.pop(event.node, None)
            task = self._tasks.pop(event.node, None)
            if task is not None and self._bars is not None:
                self._bars.remove_task(task)
            self._update_whole()
        elif event.kind == "item":
            failed = f", {event.data['failed']} failed" if event.data["failed"] else ""
            self._items = f"{event.data['ended']}/{event.data['items']}{failed}  "
            self._update_whole()
        super().__call__(event)

    def _bar(self, node: str, completed: float, left: str) -> None:
        """Show a node's bar, a new one if it has none yet."""
        self._open_bars()
        assert self._bars is not None
        if node not in self._tasks:
            self._tasks[node] = self._bars.add_task(node, total=1.0, left=left)
        self._bars.update(self._tasks[node], completed=completed, left=left)

    def _open_bars(self) -> None:
        if self._bars is not None:
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._whole = self._bars.add_task("all", total=1.0, left="")
        self._bars.start()

    def _advance(self, event: Event) -> None:
        fraction = float(event.data["fraction"])
        self._fractions[event.node] = fraction
        task = self._tasks.get(event.node)
        if task is not None and self._bars is not None:
            jobs = f"{event.data['jobs_done']}/{event.data['jobs']}" if "jobs" in event.data else ""
            self._bars.update(task, completed=fraction, left=jobs or event.message)
        self._update_whole()

    def _update_whole(self) -> None:
        if self._bars is None or self._whole is None:
            return
        total = sum(self._weights.values()) or 1.0
        done = sum(weight * self._fractions[node] for node, weight in self._weights.items()) / total
        elapsed = 0.0 if self._started is None else time.monotonic() - self._started
        left = ""
        if done > 0.02 and elapsed > 2:
            left = f"{format_seconds(elapsed * (1 - done) / done)} left"
        self._bars.update(self._whole, completed=min(done, 1.0), left=f"{self._items}{left}")


@contextmanager
def open_counter(json_output: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of how many are done: a bar on a terminal, nothing elsewhere."""
    if json_output or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("planning", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
