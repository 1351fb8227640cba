"""``mediakit schema``: JSON Schema of recipes and of every file that mediakit writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from mediakit.media.document import Document

DOCUMENTS = {
    "transcript": "mediakit.media.transcript:Transcript",
    "script_report": "mediakit.media.scriptreport:ScriptReport",
    "wording": "mediakit.speech.wording:Wording",
    "speakers": "mediakit.speech.speaker_names:SpeakerNames",
    "cues": "mediakit.media.cues:CueSheet",
    "subtitle-check": "mediakit.media.subtitlereport:SubtitleReport",
    "media": "mediakit.media.info:MediaInfo",
    "picture": "mediakit.media.picture:PictureRecord",
    "framing": "mediakit.media.framing:Framing",
    "shorts": "mediakit.media.shorts:ShortsList",
    "shorts-report": "mediakit.media.shortsreport:ShortsReport",
    "brand": "mediakit.render.brand:Brand",
    "rendition": "mediakit.media.rendition:Rendition",
    "qc": "mediakit.media.qcreport:QcReport",
    "review": "mediakit.review.ledger:Ledger",
    "publication": "mediakit.delivery.publication:PublicationMetadata",
    "package": "mediakit.delivery.index:PackageIndex",
    "overview": "mediakit.delivery.overview:Overview",
}


def schema(
    name: Annotated[Optional[str], typer.Argument(help="recipe, or one of the files (default: list them).")] = None,
    json_output: JsonOption = False,
) -> None:
    """Print the JSON Schema of recipes or of a file; without a name, what there is."""
    import json

    from mediakit.cli.display import print_json
    from mediakit.errors import UsageError
    from mediakit.media.mistakes import suggest

    names = ["recipe", *DOCUMENTS]
    if name is None:
        if json_output:
            print_json({"event": "result", "schemas": {one: make_schema(one) for one in names}})
            return
        for one in names:
            print(one)
        return
    if name not in names:
        raise UsageError(f"there is no schema {name!r}", hint=suggest(name, names))
    made = make_schema(name)
    if json_output:
        print_json({"event": "result", "name": name, "schema": made})
    else:
        print(json.dumps(made, ensure_ascii=False, indent=2))


def make_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of ``recipe`` or of a document."""
    if name == "recipe":
        from mediakit.recipe.schema import recipe_schema

        return recipe_schema()
    from importlib import import_module

    module, _, attribute = DOCUMENTS[name].partition(":")
    document: type[Document] = getattr(import_module(module), attribute)
    made = document.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["properties"]["schema"] = {"const": document.kind, "title": "Schema"}
    return made
