"""A picture that is copied from its source: whole groups of pictures as they are, the edges encoded, in one job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.render.copy_demands import Demands
from mediakit.render.copy_plan import CopyPlan
from mediakit.render.drawing import Drawing
from mediakit.render.encode import PIECE_FILE
from mediakit.render.places import Place, find_places
from mediakit.render.scene import Scene
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec

KIND = "copy"
REVISION = 1
"""Part of every copied picture's key; goes up when the same plan would give another picture."""

_FACTS = "copied.json"
_COPY_COST = 0.05
_ENCODE_MB = 700


@dataclass
class CopyJob:
    """A programme's picture, copied; ``scenes`` are its pieces, should it have to be encoded after all."""

    spec: PictureSpec
    path: Path
    plans: tuple[CopyPlan, ...]
    demands: Demands
    scenes: tuple[Scene, ...]
    key: str
    id: str = ""

    @property
    def name(self) -> str:
        """Name of the one result."""
        return self.key[:20]

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.plans[0].frames

    @property
    def copied(self) -> int:
        """How many of them are to be copied."""
        return self.plans[0].copied

    def job(self, name: str) -> Job:
        """Return the job, under an id."""
        self.id = name
        pixels = self.spec.width * self.spec.height
        return Job(
            id=name,
            payload={
                "kind": KIND,
                "path": str(self.path),
                "plans": [plan.pack() for plan in self.plans],
                "demands": self.demands.pack(),
                "spec": self.spec.pack(),
                "scenes": [scene.pack() for scene in self.scenes],
            },
            results={self.name: self.key},
            cores=2,
            memory_mb=max(round(_ENCODE_MB * pixels / (1920 * 1080)), 150),
            work="copy",
            cost=(self.frames - self.copied + _COPY_COST * self.copied) * pixels * 1.125 / 1e6,
        )


def describe_encoded(reason: str) -> str:
    """Return the note on a picture that was not copied."""
    return f"the picture is encoded, not copied: {reason}"


def run_copy_job(job: Job, wanted: Sequence[str], context: Context) -> None:
    """Copy the picture into the wanted result's folder; one that cannot be copied right is encoded."""
    from mediakit.render.smart_copy import CannotCopy, copy_picture
    from mediakit.render.spec import PictureSpec

    payload, spec = job.payload, PictureSpec.load(job.payload["spec"])
    plans = [CopyPlan.unpack(plan) for plan in payload["plans"]]
    for name in wanted:
        folder = context.out / name
        folder.mkdir(parents=True, exist_ok=True)
        copied, note = 0, ""
        try:
            facts = copy_picture(
                Path(payload["path"]),
                plans,
                folder / PIECE_FILE,
                scratch=context.scratch,
                task=f"{context.node} {job.id}",
                demands=Demands.unpack(payload["demands"]),
                on_progress=context.progress,
                is_cancelled=context.is_cancelled,
            )
            copied = facts.copied
        except CannotCopy as exc:
            note = str(exc)
            context.warn(f"{job.id}: {describe_encoded(note)}")
            _encode(job, spec, folder / PIECE_FILE, context)
        made = MadeCopy(plans[0].frames, copied, note, find_places(folder / PIECE_FILE, spec.fps))
        (folder / _FACTS).write_text(json.dumps(asdict(made)), encoding="utf-8")


def _encode(job: Job, spec: PictureSpec, target: Path, context: Context) -> None:
    """Encode all pieces, as they are where nothing is copied, and join them."""
    from mediakit.render.encode import encode_piece
    from mediakit.render.join import join_pieces

    files = []
    scenes = [Scene.unpack(scene) for scene in job.payload["scenes"]]
    for number, scene in enumerate(scenes):
        folder = context.scratch / f"piece{number}"
        folder.mkdir()
        encode_piece(
            scene,
            {folder: Drawing(spec)},
            task=f"{context.node} {job.id}",
            scratch=context.scratch,
            is_cancelled=context.is_cancelled,
        )
        files.append(folder / PIECE_FILE)
        context.progress((number + 1) / len(scenes))
    join_pieces(files, target, spec.fps, is_cancelled=context.is_cancelled)


@dataclass(frozen=True)
class MadeCopy:
    """How a picture was made: its frames, how many of them were copied, why none were, its places for checks."""

    frames: int
    copied: int
    note: str
    places: tuple[Place, ...]

    @property
    def text(self) -> str:
        """What is noted of it."""
        if not self.copied:
            return describe_encoded(self.note)
        return f"{self.copied} of {self.frames} frames are copied from the source, {self.frames - self.copied} encoded"


def read_copied(folder: Path) -> MadeCopy:
    """Return what a copy's job noted beside the picture."""
    data: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return MadeCopy(**{**data, "places": tuple(Place(**place) for place in data["places"])})
