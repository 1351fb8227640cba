"""Content keys: what shapes a node's output, and the digest of it.

Paths, times, machine names and channel names are never part of a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mediakit.media.digests import digest_value
from mediakit.steps.base import Step
from mediakit.steps.inputs import Artifact, FileRef, Inputs

FORMAT = 1
"""Goes up when keys are built otherwise; old cache entries are then no longer found."""


@dataclass(frozen=True)
class Ingredients:
    """What a node's key is made of; kept beside the output to tell later what changed.

    Attributes:
        step: the step's name.
        version: the step's version.
        settings: the settings that shape the output, JSON values.
        inputs: port (or watched path) to content digest, a list of digests for a port of many; item to the digest of
            its end, for a step that gathers.
        tools: versions of tools and models.
        stem: the main input's name, for steps whose files are named after it; else empty.
        names: port to a readable name of what it holds; not part of the key.
    """

    step: str
    version: int
    settings: Mapping[str, Any]
    inputs: Mapping[str, str | list[str]]
    tools: Mapping[str, str] = field(default_factory=dict)
    stem: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def key(self) -> str:
        """Return the node's key: 64 hexadecimal digits."""
        value = {
            "format": FORMAT,
            "step": self.step,
            "version": self.version,
            "settings": dict(self.settings),
            "inputs": dict(self.inputs),
            "tools": dict(self.tools),
        }
        if self.stem:
            value["stem"] = self.stem
        return digest_value(value)

    def as_json(self) -> dict[str, Any]:
        """Return the ingredients as JSON values."""
        return {
            "step": self.step,
            "version": self.version,
            "settings": dict(self.settings),
            "inputs": dict(self.inputs),
            "tools": dict(self.tools),
            "stem": self.stem,
            "names": dict(self.names),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ingredients:
        """Read what `as_json` gave; raises KeyError or TypeError when it is something else."""
        return cls(
            step=str(data["step"]),
            version=int(data["version"]),
            settings=dict(data["settings"]),
            inputs=dict(data["inputs"]),
            tools=dict(data["tools"]),
            stem=str(data.get("stem", "")),
            names=dict(data["names"]),
        )


def result_key(key: str) -> str:
    """Return the cache key of a job's result; ``key`` is the step's own content key for it."""
    return digest_value({"format": FORMAT, "result": key})


def gather_ingredients(step: Step[Any], settings: Any, inputs: Inputs, stem: str = "") -> Ingredients:
    """Collect what shapes the output of a step with these settings and inputs."""
    digests: dict[str, str | list[str]] = {}
    names: dict[str, str] = {}
    for port, value in inputs.values.items():
        if isinstance(value, tuple):
            digests[port] = [artifact.digest for artifact in value]
            names[port] = ", ".join(artifact.node for artifact in value)
        else:
            digests[port] = value.digest
            names[port] = _name_of(value)
    for ending in inputs.endings:
        digests[ending.item or ending.source] = ending.digest
    return Ingredients(
        step=step.name,
        version=step.version,
        settings=step.key_settings(settings),
        inputs=digests,
        tools=step.tools(settings),
        stem=stem if step.stem_in_files else "",
        names=names,
    )


def _name_of(value: FileRef | Artifact) -> str:
    return value.path.name if isinstance(value, FileRef) else value.node
