"""All steps by name; a step's module is imported when the step is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mediakit.steps.base import Step

STEPS: dict[str, str] = {
    "ingest": "mediakit.steps.ingest:Ingest",
    "transcribe": "mediakit.steps.transcribe:Transcribe",
    "edit": "mediakit.steps.edit:Edit",
    "subtitle": "mediakit.steps.subtitle:Subtitle",
    "look": "mediakit.steps.look:Look",
    "highlights": "mediakit.steps.highlights:Highlights",
    "framing": "mediakit.steps.framing:ChooseFraming",
    "cut": "mediakit.steps.cut:Cut",
    "render": "mediakit.steps.render:Render",
    "qc": "mediakit.steps.qc:Qc",
    "package": "mediakit.steps.package:Package",
    "overview": "mediakit.steps.overview:OverviewStep",
}


def load_step(name: str) -> Step[Any]:
    """Return the step with a name.

    Raises:
        KeyError: no such step.
    """
    module, _, attribute = STEPS[name].partition(":")
    step: Step[Any] = getattr(import_module(module), attribute)()
    return step
