"""Make samples/en: `python samples/make/make_en.py --voice-python VOICE_ENV/bin/python`."""

from __future__ import annotations

from collections.abc import Sequence

from assemble import Delivery
from beats import Placed
from details import HammerTaps
from landscapes import station_lamps, sunrise, track_ahead, valley_rain
from mixing import HAMMER_TIMES
from people import Listen, Walk
from produce import Film, make_film, parse_arguments
from shots import FPS, Cue
from story_en import BEATS


def plan_shots(placed: Sequence[Placed]) -> list[Cue]:
    """Which shot lies over which beat."""
    del placed
    hits = [round((at + 0.1) * FPS) for at in HAMMER_TIMES]
    return [
        Cue("valley", "wide", valley_rain, 0, 0.0),
        Cue("lamps", "wide", station_lamps, 1),
        Cue("walk", "face", Walk(), 2, -0.3),
        Cue("listen", "face", Listen(), 3, -0.15),
        Cue("hammer", "detail", HammerTaps(hits), 4, -0.1),
        Cue("ahead", "wide", track_ahead, 5, -0.1),
        Cue("dawn-sunrise", "wide", sunrise, 6, -0.3),
    ]


def main() -> None:
    """Make the English sample."""
    options = parse_arguments("en")
    delivery = Delivery((1280, 720), 32.0, "64k")
    make_film(Film(options.out, "voice_en.py", BEATS, plan_shots, delivery, 16000, ": ", " "), options)


if __name__ == "__main__":
    main()
