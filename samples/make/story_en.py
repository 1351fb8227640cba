"""The short English story: the same invented worker on another invented night.

Everyone and every place named here is invented.
"""

from beats import Beat, Line, Natural, Speaker

TITLE = "The Last Sleeper"
SUBTITLE = "Micro-documentary"
HOST = "Host"
WORKER = "Clara Whitfield"

SPEAKERS = {
    HOST: Speaker(pitch=1.0, timbre=1.0, speed=0.96),
    WORKER: Speaker(pitch=1.16, timbre=1.14, speed=1.0),
}

BEATS: list[Beat] = [
    Natural("rain", 3.2, "Rain and wind"),
    Line(HOST, "At two in the morning, the rain has not stopped on the Harlow Moor line.", after=0.6),
    Line(WORKER, "I'm Clara Whitfield, track inspector with Northmoor Railway.", after=0.3),
    Line(WORKER, "Good steel rings. A cracked rail sounds dull.", after=0.3),
    Natural("hammer", 3.2, "A hammer taps the rail"),
    Line(HOST, "In twenty years she has walked thirty thousand miles, and missed nothing.", after=0.5),
    Natural("dawn", 3.6, "Birds at first light"),
]
