"""How long the command line takes to start: ``--help`` against an empty typer app, and a run with nothing to do.

    python benchmarks/startup.py [--repeats 21] [--recipe RECIPE] [--output FILE]

The empty app has the same commands and groups by name, without options. Runs are interleaved; ratios are medians of
pairs. With ``--recipe`` the recipe is run once, and then timed with everything in the cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EMPTY = """
import typer
app = typer.Typer(no_args_is_help=True, add_completion=False)

@app.callback()
def root() -> None:
    "Nothing."

def command() -> None:
    "Does nothing."

for name in {commands!r}:
    app.command(name)(command)
for name in {groups!r}:
    group = typer.Typer(help="Nothing.")
    group.command("nothing")(command)
    app.add_typer(group, name=name)
app()
"""


def time_command(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - started


def measure_help(folder: Path, repeats: int) -> dict[str, float]:
    from mediakit.cli.app import COMMANDS, GROUPS

    script = folder / "empty.py"
    script.write_text(EMPTY.format(commands=list(COMMANDS), groups=list(GROUPS)), encoding="utf-8")
    empty = [sys.executable, str(script), "--help"]
    ours = [sys.executable, "-m", "mediakit", "--help"]
    time_command(empty)
    time_command(ours)
    pairs = [(time_command(empty), time_command(ours)) for _ in range(repeats)]
    return {
        "empty_ms": round(statistics.median(one for one, _ in pairs) * 1000, 1),
        "help_ms": round(statistics.median(two for _, two in pairs) * 1000, 1),
        "ratio": round(statistics.median(two / one for one, two in pairs), 3),
    }


def measure_kept(folder: Path, recipe: Path, repeats: int) -> dict[str, float]:
    command = [sys.executable, "-m", "mediakit", "run", str(recipe)]
    command += ["--output", str(folder / "out"), "--cache", str(folder / "cache")]
    first = time_command(command)
    kept = [time_command(command) for _ in range(repeats)]
    return {"first_s": round(first, 1), "nothing_to_do_s": round(statistics.median(kept), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        results = {"help": measure_help(Path(name), options.repeats)}
        if options.recipe:
            results["recipe"] = measure_kept(Path(name), options.recipe, 5)
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for kind, values in results.items():
        print(kind, *(f"{key} {value}" for key, value in values.items()), sep="  ")


if __name__ == "__main__":
    main()
