"""Make samples/zh: `python samples/make/make_zh.py --voice-python VOICE_ENV/bin/python`."""

from __future__ import annotations

from collections.abc import Sequence

from assemble import Delivery
from beats import Placed
from details import HammerTaps, clock, cup, stones_by_torch, tunnel
from landscapes import line_at_dawn, station_lamps, storm, sunrise, track_ahead, train, valley_rain
from mixing import HAMMER_TIMES
from people import Listen, Morning, Run, Walk
from produce import Film, make_film, parse_arguments
from shots import FPS, Cue
from story_zh import BEATS


def plan_shots(placed: Sequence[Placed]) -> list[Cue]:
    """Which shot lies over which beat."""
    del placed
    hammer_cut = 1.7
    hits = [round((at - hammer_cut) * FPS) for at in HAMMER_TIMES]
    return [
        Cue("valley", "wide", valley_rain, 0, 0.0),
        Cue("lamps", "wide", station_lamps, 1),
        Cue("ahead", "wide", track_ahead, 2),
        Cue("walk", "face", Walk(), 3, -0.3),
        Cue("stones", "detail", stones_by_torch, 5, -0.1),
        Cue("hammer", "detail", HammerTaps(hits), 5, hammer_cut),
        Cue("tunnel", "dark", tunnel, 6, 1.9),
        Cue("listen", "face", Listen(), 7, -0.3),
        Cue("storm", "wide", storm, 9, -0.3),
        Cue("clock", "detail", clock, 10, -0.1),
        Cue("run", "face", Run(), 11, -0.3),
        Cue("train", "wide", train, 13, -1.4),
        Cue("dawn-line", "wide", line_at_dawn, 14, -0.2),
        Cue("cup", "detail", cup, 15, -0.3),
        Cue("dawn-face", "face", Morning(), 15, 2.3),
        Cue("sunrise", "wide", sunrise, 16, -0.1),
    ]


def main() -> None:
    """Make the Mandarin sample."""
    options = parse_arguments("zh")
    delivery = Delivery((1920, 1080), 32.5, "64k")
    make_film(Film(options.out, "voice_zh.py", BEATS, plan_shots, delivery, 16000, "：", ""), options)


if __name__ == "__main__":
    main()
