"""Shot changes of a media file's picture, found in a job of their own that every step that needs them shares."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.digests import digest_value
from mediakit.steps.inputs import FileRef
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo

_RESULT = "shots"
_FILE = "shots.json"
_CORES = 2


def plan_shot_changes(info: MediaInfo | None, media: FileRef) -> tuple[Job, ...]:
    """Return the job that finds the shot changes, or none where there is no moving picture."""
    from mediakit.tools.versions import version
    from mediakit.vision.cuts import REVISION

    if info is None or info.picture is None or info.still:
        return ()
    stream = info.picture.index
    key = digest_value({"shots": REVISION, "media": media.digest, "stream": stream, "av": version("av")})
    payload = {
        "path": str(media.path),
        "stream": stream,
        "duration": info.picture.duration,
        "start": max(info.picture.start - info.start, 0.0),
    }
    results = {_RESULT: key}
    return (Job("shot changes", payload, results=results, cores=_CORES, cost=info.duration, work="shots"),)


def run_shot_changes(job: Job, context: Context) -> bool:
    """Find the shot changes if this is the job that does, and tell whether it was."""
    if _RESULT not in job.results:
        return False
    from mediakit.vision.cuts import find_shot_changes

    payload = job.payload
    length = max(payload["duration"], 0.1)

    def tell(seconds: float) -> None:
        context.check_cancelled()
        context.progress(seconds / length)

    found = find_shot_changes(Path(payload["path"]), payload["stream"], threads=_CORES, on_time=tell)
    folder = context.out / _RESULT
    folder.mkdir(parents=True, exist_ok=True)
    times = [round(time + payload["start"], 6) for time in found]
    (folder / _FILE).write_text(json.dumps(times), encoding="utf-8")
    return True


def read_shot_changes(jobs: Sequence[Job], results: Mapping[str, Mapping[str, Path]]) -> tuple[float, ...]:
    """Return the shot changes that a job among these found, in seconds on the media's clock."""
    for job in jobs:
        if _RESULT in job.results:
            found = json.loads((results[job.id][_RESULT] / _FILE).read_text(encoding="utf-8"))
            return tuple(float(time) for time in found)
    return ()
