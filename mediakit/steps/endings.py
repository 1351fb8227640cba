"""What became of the items of a batch: for a step that gathers them all (`Step.gathers`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

from mediakit.media.digests import digest_value
from mediakit.steps.inputs import Artifact


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong with an item.

    Attributes:
        step: name of the step that it happened in.
        subject: name of the file, channel or short that it is about; may be empty.
        message: one plain line.
        hint: what to do.
        stopped: whether the step failed, so that what needs it was not made; else the step noted it and went on.
    """

    step: str
    subject: str
    message: str
    hint: str | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Ending:
    """How an item ended.

    Attributes:
        item: its name; empty where there is no batch.
        source: name of the first file that it was given.
        outputs: its finished outputs of the types that the step gathers, in the graph's order.
        troubles: what went wrong, in the graph's order.
    """

    item: str
    source: str
    outputs: tuple[Artifact, ...]
    troubles: tuple[Trouble, ...]

    def of_type(self, kind: str) -> tuple[Artifact, ...]:
        """Return its outputs of one type."""
        return tuple(artifact for artifact in self.outputs if artifact.type == kind)

    @cached_property
    def digest(self) -> str:
        """Digest of all that it says: contents, where they are published, troubles."""
        outputs = [[one.type, one.digest, digest_value(dict(one.places))] for one in self.outputs]
        return digest_value([self.item, self.source, outputs, [asdict(trouble) for trouble in self.troubles]])
