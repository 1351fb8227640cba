"""Which programme words, cues and shorts belong to, where a recipe has an edit in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mediakit.errors import RecipeError
from mediakit.recipe.loading import load_recipe
from mediakit.steps.graph import Graph

MASTER: list[dict[str, Any]] = [{"ingest": {"media": "$a"}}, {"transcribe": {"import": "$said"}}]
EDIT: dict[str, Any] = {"edit": {"sources": {"a": "$a", "b": "$b"}, "picture": [{"clip": "a"}, {"clip": "b"}]}}


def load(folder: Path, *steps: dict[str, Any]) -> Graph:
    for name in ("a.mp4", "b.mp4", "said.srt", "glossary.yaml", "list.yaml"):
        (folder / name).write_text("terms: []\n" if name == "glossary.yaml" else "x", encoding="utf-8")
    inputs = {"a": "a.mp4", "b": "b.mp4", "said": "said.srt"}
    recipe = folder / "recipe.yaml"
    recipe.write_text(json.dumps({"language": "zh", "inputs": inputs, "steps": list(steps)}), encoding="utf-8")
    return load_recipe(recipe).graph


def taken(graph: Graph, node: str) -> dict[str, Any]:
    """Return what a node takes of earlier outputs, by port."""
    return {port: value for port, value in graph.node(node).bindings.items() if not isinstance(value, Path)}


def test_words_behind_an_edit_are_its_own(tmp_path: Path) -> None:
    graph = load(tmp_path, *MASTER, EDIT, {"subtitle": {}}, {"highlights": {}})
    assert taken(graph, "subtitle") == {"transcript": "edit"}
    assert taken(graph, "highlights") == {"transcript": "edit"}


def test_from_takes_the_masters_words_and_its_rate(tmp_path: Path) -> None:
    other = {"ingest": {"media": "$b"}}
    graph = load(tmp_path, *MASTER, EDIT, other, {"subtitle": {"from": "transcribe"}}, {"subtitle": {"from": "edit"}})
    assert taken(graph, "subtitle") == {"transcript": "transcribe", "asset": "ingest"}
    assert taken(graph, "subtitle-2") == {"transcript": "edit"}


def test_what_is_transcribed_behind_an_edit_is_nearer(tmp_path: Path) -> None:
    behind = [{"ingest": {"media": "$b"}}, {"transcribe": {"import": "$said"}}]
    graph = load(tmp_path, EDIT, *behind, {"subtitle": {}})
    assert taken(graph, "subtitle") == {"transcript": "transcribe", "asset": "ingest"}


@pytest.mark.parametrize("first", ["master", "edit"])
def test_shorts_are_rendered_of_what_they_were_proposed_for(tmp_path: Path, first: str) -> None:
    shorts, render = {"highlights": {}}, {"render": {"of": "shorts", "channels": ["tv_web"]}}
    steps = [*MASTER, shorts, EDIT] if first == "master" else [*MASTER, EDIT, shorts]
    graph = load(tmp_path, *steps, render)
    assert taken(graph, "render")["asset"] == ("ingest" if first == "master" else "edit")
    assert taken(graph, "render").get("transcript") == ("transcribe" if first == "master" else None)


def test_a_list_of_shorts_goes_with_the_nearest_programme(tmp_path: Path) -> None:
    render = {"of": "shorts", "shorts": "list.yaml", "channels": ["tv_web"]}
    graph = load(tmp_path, *MASTER, EDIT, {"render": render}, {"render": {**render, "from": "ingest"}})
    assert taken(graph, "render") == {"asset": "edit"}
    assert taken(graph, "render-2")["asset"] == "ingest"


def test_cues_go_with_their_own_programme(tmp_path: Path) -> None:
    steps = [{"subtitle": {}}, EDIT, {"subtitle": {}}]
    renders = [{"render": {"of": what, "channels": ["tv_web"]}} for what in ("edit", "a")]
    graph = load(tmp_path, *MASTER, *steps, *renders)
    assert taken(graph, "render") == {"timeline": "edit", "cues": "subtitle-2"}
    assert taken(graph, "render-2") == {"asset": "ingest", "transcript": "transcribe", "cues": "subtitle"}


def test_cues_of_the_master_are_not_laid_over_an_edit(tmp_path: Path) -> None:
    graph = load(tmp_path, *MASTER, {"subtitle": {}}, EDIT, {"render": {"of": "edit", "channels": ["tv_web"]}})
    assert taken(graph, "render") == {"timeline": "edit"}


def test_an_edit_has_its_sources_transcribed_where_it_names_words(tmp_path: Path) -> None:
    edit = {
        "sources": {"talk": "a.mp4", "street": "b.mp4"},
        "picture": [{"clip": "talk", "from": "夜里"}, {"clip": "street"}],
        "transcribe": {"glossary": "glossary.yaml", "model": "tiny"},
        "tracks": {"talk": "1.1"},
    }
    graph = load(tmp_path, {"edit": edit}, {"subtitle": {}})
    assert [node.id for node in graph.nodes] == ["edit-talk", "edit-talk-words", "edit", "subtitle"]
    words = graph.node("edit-talk-words")
    assert words.bindings == {"asset": "edit-talk", "glossary": tmp_path / "glossary.yaml"}
    assert (words.settings.language, words.settings.model) == ("zh", "tiny")  # type: ignore[attr-defined]
    assert graph.node("edit-talk").settings.tracks == "1.1"  # type: ignore[attr-defined]
    assert all(node.targets == {} for node in graph.nodes[:2])
    assert taken(graph, "edit") == {"spoken": ("edit-talk-words",)}
    assert taken(graph, "subtitle") == {"transcript": "edit"}


def test_what_was_transcribed_is_not_transcribed_again_and_what_an_edit_makes_is_its_own(tmp_path: Path) -> None:
    edit = {"sources": {"a": "$a", "b": "$b"}, "transcribe": {}}
    edit["picture"] = [{"clip": "a", "from": "夜里"}, {"clip": "b", "from": "桥"}]
    graph = load(
        tmp_path, *MASTER, {"edit": edit}, {"render": {"channels": ["tv_web"]}}, {"subtitle": {"from": "transcribe"}}
    )
    assert [node.id for node in graph.nodes if node.made_for] == ["edit-b", "edit-b-words"]
    assert taken(graph, "edit") == {"spoken": ("transcribe", "edit-b-words")}
    assert taken(graph, "render") == {"asset": "ingest", "transcript": "transcribe"}
    assert taken(graph, "subtitle") == {"transcript": "transcribe", "asset": "ingest"}


def test_mistakes_in_how_to_transcribe_have_their_place(tmp_path: Path) -> None:
    edit = {"sources": {"a": "$a"}, "picture": [{"clip": "a"}], "transcribe": {"modle": "tiny"}}
    with pytest.raises(RecipeError, match="unknown key 'modle'"):
        load(tmp_path, {"edit": edit})
    edit["transcribe"] = {"import": "said.srt"}
    with pytest.raises(RecipeError, match="below `transcripts`"):
        load(tmp_path, {"edit": edit})
