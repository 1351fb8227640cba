"""Batches: folders and patterns as inputs, sidecars that may be missing, names that tell items apart, gathering."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_recipes import Project

from mediakit.recipe.loading import Recipe, load_recipe

SIMPLE = "inputs: {{m: {given}}}\nsteps:\n  - fetch: {{media: $m}}\n"


@pytest.fixture
def project(tmp_path: Path, bench: object) -> Project:
    return Project(tmp_path)


def bound(recipe: Recipe, port: str) -> dict[str, str | None]:
    """Return the name of the file that each item's fetch is given at a port."""
    found = {}
    for item in recipe.graph.items:
        path = recipe.graph.node(f"{item}/fetch").bindings.get(port)
        found[item] = path.name if isinstance(path, Path) else None
    return found


def test_a_folder_means_the_media_files_in_it(project: Project) -> None:
    for name in ("b.MP4", "a 集.mov", "notes.txt", ".hidden.mp4", "deeper/c.mp4"):
        project.file(f"eps/{name}")
    recipe = project.load(SIMPLE.format(given="eps/"))
    assert bound(recipe, "media") == {"a 集": "a 集.mov", "b": "b.MP4"}


@pytest.mark.parametrize(
    ("given", "words"),
    [("eps/", "holds no media files"), ("nowhere/", "no such folder"), ("eps", "is a folder, not a file")],
)
def test_a_folder_without_media_is_refused(project: Project, given: str, words: str) -> None:
    project.file("eps/notes.txt")
    error = project.refuse(SIMPLE.format(given=given))
    assert error.exit_code == 3
    assert words in error.message


def test_a_folder_from_the_command_line(project: Project) -> None:
    project.file("2024/a.mp4")
    project.file("one.txt")
    recipe = project.load(SIMPLE.format(given="one.txt"), f"m={project.folder}/2024/")
    assert recipe.graph.items == ("a",)


def test_a_number_names_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.file("2024")
    monkeypatch.chdir(project.folder)
    recipe = project.load(SIMPLE.format(given="2024"), "m=2024")
    assert recipe.graph.node("fetch").bindings["media"] == project.folder / "2024"


def test_sub_folders_tell_equal_names_apart(project: Project) -> None:
    for name in ("2023/ep01.mp4", "2024/ep01.mp4", "2024/特辑/ep01.mp4", "top.mp4"):
        project.file(f"all/{name}")
    recipe = project.load(SIMPLE.format(given='"all/**/*.mp4"'))
    assert recipe.graph.items == ("2023-ep01", "2024-ep01", "2024-特辑-ep01", "top")
    assert {node.stem for node in recipe.graph.nodes} == {"ep01", "top"}


def test_choices_of_suffixes_and_folders_with_brackets(project: Project) -> None:
    for name in ("a.mp4", "b.mov", "c.txt"):
        project.file(f"[守夜人] 2024/{name}")
    recipe = project.load(SIMPLE.format(given='"[守夜人] 2024/*.{mp4,mov}"'))
    assert recipe.graph.items == ("a", "b")


def test_what_lies_in_the_output_folder_is_no_episode(project: Project) -> None:
    project.file("eps/a.mp4")
    project.file("eps/out/a/dist/a-short.mp4")
    recipe = project.load("output: eps/out\n" + SIMPLE.format(given='"eps/**/*.mp4"'))
    assert recipe.graph.items == ("a",)
    inside = load_recipe(project.path, ["m=" + str(project.folder / "eps/*.mp4")], output=project.folder)
    assert inside.graph.items == ("a",), "episodes may lie in the output folder when they are named there"


SIDECARS = """\
inputs:
  m: "eps/*.mp4"
  script: ["{folder}/{stem}.json", "{folder}/{stem}.{srt,vtt}", %s]
steps:
  - fetch: {media: $m, script: $script}
"""


def test_the_first_sidecar_that_is_there_is_taken_or_none(project: Project) -> None:
    names = ("a.mp4", "b.mp4", "c [1].mp4", "d.mp4", "a.json", "a.srt", "b.vtt", "c [1].srt", "c 1.json", "d [2].srt")
    for name in names:
        project.file(f"eps/{name}")
    recipe = project.load(SIDECARS % "null")
    assert bound(recipe, "script") == {"a": "a.json", "b": "b.vtt", "c [1]": "c [1].srt", "d": None}


def test_without_null_the_last_choice_must_be_there(project: Project) -> None:
    project.file("eps/a.mp4")
    error = project.refuse(SIDECARS % '"words/{stem}.txt"')
    assert error.exit_code == 3
    assert error.message.endswith("words/a.txt")


def test_an_input_may_be_none(project: Project) -> None:
    project.file("a.mp4")
    recipe = project.load("inputs: {m: a.mp4, script: null}\nsteps:\n  - fetch: {media: $m, script: $script}\n")
    assert set(recipe.graph.node("fetch").bindings) == {"media"}
    other = project.file("s.txt")
    recipe = project.load(
        "inputs: {m: a.mp4, script: null}\nsteps:\n  - fetch: {media: $m, script: $script}\n", f"script={other}"
    )
    assert recipe.graph.node("fetch").bindings["script"] == other


GATHERED = 'inputs: {m: "eps/*.txt"}\nsteps:\n  - fetch: {media: $m}\n  - tally\n  - shout\n'


def test_a_step_that_gathers_stands_once_and_last(project: Project) -> None:
    project.file("eps/a.txt")
    project.file("eps/b.txt")
    graph = project.load(GATHERED).graph
    assert [node.id for node in graph.nodes] == ["a/fetch", "a/shout", "b/fetch", "b/shout", "tally"]
    assert graph.nodes[-1].gathers == ("a/fetch", "a/shout", "b/fetch", "b/shout")
    assert graph.items == ("a", "b")


def test_mistakes_of_a_gathering_step_have_their_place(project: Project) -> None:
    project.file("eps/a.txt")
    assert str(project.refuse(GATHERED.replace("- tally", "- tally: {fial: true}"))).startswith(
        f"{project.path}:4:13: "
    )
    error = project.refuse(GATHERED.replace("- tally", '- tally: {fail: "$stem"}'))
    assert "unknown variable 'stem'" in error.message
