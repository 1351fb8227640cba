"""Options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, the last one the result.")]
JobsOption = Annotated[
    Optional[int], typer.Option("--jobs", "-j", min=1, help="How many jobs at once (default: by cores and memory).")
]
CacheOption = Annotated[
    Optional[Path],
    typer.Option("--cache", help="Cache folder (default: MEDIAKIT_CACHE, else the user's cache folder)."),
]
TracksOption = Annotated[
    Optional[str],
    typer.Option("--tracks", help="Tracks of the programme's sound: 1, 1+2 (left and right), 1.2 (channel 2 of 1)."),
]
