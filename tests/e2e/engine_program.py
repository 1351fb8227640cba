"""The command line with the tests' small steps, as a program of its own: it can be killed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engine"))

import engine_fakes

engine_fakes.install()

if __name__ == "__main__":
    from mediakit.cli.app import main

    main()
