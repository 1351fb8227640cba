"""The recipe's JSON Schema: the top-level keys, and the settings of every step."""

from __future__ import annotations

from typing import Any

from mediakit.recipe.model import RecipeModel
from mediakit.steps.registry import STEPS, load_step


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a recipe, for editors that check YAML while it is written.

    Any value may be a variable (``$name``) instead of what its key asks for.
    """
    schema = RecipeModel.model_json_schema()
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    branches: list[dict[str, Any]] = [{"type": "string", "enum": sorted(STEPS)}]
    for name in STEPS:
        settings = load_step(name).settings_type.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions.update(settings.pop("$defs", {}))
        settings.pop("required", None)
        for key, value in list(settings.get("properties", {}).items()):
            described = {"description": value["description"]} if "description" in value else {}
            settings["properties"][key] = {"anyOf": [{"$ref": "#/$defs/Variable"}, value], **described}
        section = {"anyOf": [settings, {"type": "null"}]}
        branches.append(
            {
                "type": "object",
                "properties": {name: section},
                "required": [name],
                "additionalProperties": False,
            }
        )
    definitions["Variable"] = {"type": "string", "pattern": r"^\$(\{[^{}$]+\}|[A-Za-z_][A-Za-z0-9_]*)$"}
    schema["properties"]["steps"]["items"] = {"oneOf": branches}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "mediakit recipe"
    return schema
