from __future__ import annotations

from pathlib import Path

import pytest
from engine_fakes import Bench, install
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError, MediakitError, RecipeError, UsageError
from mediakit.media.yamltree import Tree
from mediakit.recipe.loading import Recipe, load_recipe
from mediakit.recipe.variables import Variables


class Project:
    """A folder with a recipe and files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "r.yaml"
        self.file("master.txt")

    def file(self, name: str, text: str = "hello") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def load(self, text: str, *sets: str) -> Recipe:
        self.path.write_text(text)
        return load_recipe(self.path, sets)

    def refuse(self, text: str, *sets: str) -> MediakitError:
        with pytest.raises(MediakitError) as caught:
            self.load(text, *sets)
        assert not (self.folder / "out").exists()
        return caught.value


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    install(monkeypatch)
    return Project(tmp_path)


BASE = """\
name: test
inputs: {master: master.txt}
variables: {count: 2, words: [a, b]}
steps:
  - fetch: {media: $master}
  - shout: {count: $count}
"""


def settings(recipe: Recipe, node: str) -> object:
    return recipe.graph.node(node).settings


def test_a_recipe_becomes_a_graph(project: Project) -> None:
    recipe = project.load(BASE + "  - chop: {of: master}\n  - judge\n")
    graph = recipe.graph
    assert recipe.name == "test"
    assert [node.id for node in graph.nodes] == ["fetch", "shout", "chop", "judge"]
    assert graph.node("fetch").bindings == {"media": project.folder / "master.txt"}
    assert graph.node("shout").bindings == {"asset": "fetch"}
    assert graph.node("chop").bindings == {"asset": "fetch"}
    assert graph.node("judge").bindings == {"loud": "shout", "pieces": ("chop",)}
    assert graph.node("shout").where == f"{project.path}:6:5"
    assert graph.node("shout").stem == "master"
    assert settings(recipe, "shout").count == 2  # type: ignore[attr-defined]
    assert graph.output == project.folder / "out"


@pytest.mark.parametrize(
    ("text", "place", "words", "hint"),
    [
        ("- a\n", ":1:1", "this is a list", "begin with name"),
        ("just text\n", ":1:1", "mapping", None),
        ("name: x\n", ":1:1", "'steps' is missing", None),
        ("nmae: x\nsteps: [judge]\n", ":1:1", "unknown key 'nmae'", "did you mean name?"),
        ("steps: {fetch: {}}\n", ":1:8", "list", None),
        ("steps: []\n", ":1:8", "at least 1", None),
        ("steps:\n  - shuot: {}\n", ":2:5", "unknown step 'shuot'", "did you mean shout?"),
        ("steps:\n  - fetch: {}\n    shout: {}\n", ":3:5", "one name", "dash"),
        ("steps:\n  - fetch: 5\n", ":2:12", "are a mapping", None),
        ("steps:\n  - 5\n", ":2:5", "a step is written", None),
        (BASE + "  - shout: {cuont: 2}\n", ":7:13", "unknown key 'cuont'", "did you mean count?"),
        (BASE + "  - shout: {count: three}\n", ":7:20", "count: input should be a valid integer", None),
        (BASE + "  - shout: {count: 0}\n", ":7:20", "greater than or equal to 1, got 0", None),
        (BASE + "  - shout: {words: [a, 5]}\n", ":7:24", "words.1: input should be a valid string", None),
        (BASE + "  - shout: {count: $cuont}\n", ":7:20", "unknown variable 'cuont'", "did you mean count?"),
        (BASE + "  - propose: {title: 'a ${words} b'}\n", ":7:22", "holds a list", None),
        (BASE + "  - shout: {id: shout}\n", ":7:17", "the id 'shout' is used twice", None),
        (BASE + "  - shout: {from: fetsch}\n", ":7:19", "no earlier step is called 'fetsch'", "did you mean fetch?"),
        (BASE + "  - shout: {from: shout}\n", ":7:19", "shout takes asset, and shout makes loud", None),
        (BASE + "  - judge: {from: {luod: shout}}\n", ":7:19", "judge has no input 'luod'", "did you mean loud?"),
        (BASE + "  - chop: {of: mastre}\n", ":7:16", "no earlier step is called 'mastre'", "did you mean master?"),
        ("steps:\n  - shout: {}\n", ":2:5", "shout needs asset (asset), and no step before it", "fetch"),
        ("steps:\n  - fetch: {}\n", ":2:5", "fetch needs the file 'media'", "add media"),
        ("inputs: {a: master.txt}\nvariables: {a: 1}\nsteps: [judge]\n", ":1:10", "'a' is a variable already", None),
        ("variables: {a: $b, b: $c, c: 'x$a'}\nsteps: [judge]\n", ":1:13", "loop: a → b → c → a", None),
        ("output: ../elsewhere\n" + BASE, ":1:9", "not a path below", "inside the project"),
        ("output: /tmp/x\n" + BASE, ":1:9", "not a path below", None),
        ("inputs: {'a b': x}\nsteps: [judge]\n", ":1:10", "'a b' is not a name", None),
        ("inputs: {a: 5}\nsteps: [judge]\n", ":1:13", "valid string", None),
        ("matrix: {v: []}\n" + BASE, ":1:13", "is empty", None),
        ("inputs: {a: '{stem}.txt'}\nsteps: [judge]\n", ":1:13", "{stem} pairs files with a glob", "make one input"),
        ("channels: {mine: {extends: douyin, titel: x}}\n" + BASE, ":1:36", "titel", "title"),
        ("channels: {mine: {extends: duoyin}}\n" + BASE, ":1:19", "duoyin", "douyin"),
    ],
)
def test_mistakes_are_refused_with_their_place(
    project: Project, text: str, place: str, words: str, hint: str | None
) -> None:
    error = project.refuse(text)
    assert isinstance(error, RecipeError)
    assert error.where == f"{project.path}{place}"
    assert words in error.message
    assert hint is None or hint in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("inputs: {a: none.txt}\nsteps: [judge]\n", ":1:13", "no such file"),
        ("inputs: {a: .}\nsteps: [judge]\n", ":1:13", "is a folder"),
        ("inputs: {a: '*.mov'}\nsteps: [judge]\n", ":1:13", "no file matches *.mov"),
        ("extends: base.yaml\nsteps: [judge]\n", ":1:10", "no such file"),
    ],
)
def test_missing_files_exit_3_with_their_place(project: Project, text: str, place: str, words: str) -> None:
    error = project.refuse(text)
    assert isinstance(error, InputError)
    assert error.where == f"{project.path}{place}"
    assert words in error.message
    assert error.exit_code == 3


def test_complaint_of_a_step_points_at_its_word(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine_fakes

    def complain(self: object, settings: object, files: object) -> None:
        raise UsageError("no channel is called 'duoyin'", hint="did you mean douyin?")

    monkeypatch.setattr(engine_fakes.Shout, "validate", complain)
    error = project.refuse(BASE + "  - shout:\n      words: [tv, duoyin]\n")
    assert error.where == f"{project.path}:6:5"
    error = project.refuse(BASE.replace("count: $count", "words: [duoyin]"))
    assert error.where == f"{project.path}:6:21"
    assert error.hint == "did you mean douyin?"


# Variables


def test_variables_keep_their_type_alone_and_become_text_inside(project: Project) -> None:
    recipe = project.load(BASE.replace("count: $count", "words: $words, count: $count")
                          + "  - propose: {title: 'n=${count} $$5 $item ${stem}'}\n")  # fmt: skip
    assert settings(recipe, "shout").words == ("a", "b")  # type: ignore[attr-defined]
    assert settings(recipe, "propose").title == "n=2 $5 r master"  # type: ignore[attr-defined]


names = st.text(alphabet="abcxyz_", min_size=1, max_size=5)
plain = st.text(alphabet=st.characters(blacklist_characters="$", blacklist_categories=("Cs",)), max_size=20)


@given(st.dictionaries(names, plain, max_size=4), plain)
def test_text_without_dollar_is_untouched(values: dict[str, str], text: str) -> None:
    assert Variables(Tree({}, "f"), values, {}).substitute(text, ()) == text


@given(names, plain, plain, plain)
def test_braced_variable_is_put_in_anywhere(name: str, value: str, before: str, after: str) -> None:
    made = Variables(Tree({}, "f"), {name: value}, {}).substitute(f"{before}${{{name}}}{after}", ())
    assert made == before + value + after


@given(plain)
def test_doubled_dollar_is_a_dollar(text: str) -> None:
    assert Variables(Tree({}, "f"), {}, {}).substitute(f"$${text}$$", ()) == f"${text}$"


@given(st.integers(2, 8))
def test_every_loop_is_found(length: int) -> None:
    chain = {f"v{number}": f"$v{(number + 1) % length}" for number in range(length)}
    with pytest.raises(RecipeError, match="loop"):
        Variables(Tree({}, "f"), chain, {}).substitute("$v0", ())


def test_variables_cannot_blow_up(project: Project) -> None:
    lines = ["variables:", "  a0: xxxxxxxxxx"]
    lines += [f"  a{number}: {'$a' + str(number - 1)}{('${a' + str(number - 1) + '}') * 9}" for number in range(1, 9)]
    error = project.refuse("\n".join(lines) + "\n" + BASE.replace("variables: {count: 2, words: [a, b]}\n", "").replace(
        "$count", "1"))  # fmt: skip
    assert "too long" in error.message


# --set


def test_sets_reach_variables_inputs_steps_and_top_level(project: Project) -> None:
    other = project.file("other.txt")
    recipe = project.load(
        BASE + "  - shout: {id: second}\n  - shout\n",
        "count=5", f"inputs.master={other}", "name=new", "steps.second.count=7", "steps.shout-2.words=[x, y]",
        "output=elsewhere",
    )  # fmt: skip
    assert recipe.name == "new"
    assert recipe.graph.output == project.folder / "elsewhere"
    assert recipe.graph.node("fetch").bindings["media"] == other
    counts = [settings(recipe, node).count for node in ("shout", "second", "shout-2")]  # type: ignore[attr-defined]
    assert counts == [5, 7, 1]
    assert settings(recipe, "shout-2").words == ("x", "y")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("count", "write key=value", None),
        ("cuont=3", "no 'cuont'", "count"),
        ("variables.cuont=3", "have no 'cuont'", "count"),
        ("steps.shuot.count=3", "no step 'shuot'", "shout"),
        ("steps.shout=3", "which setting", None),
        ("stesp.shout.count=3", "no key 'stesp'", "steps"),
        ("count=three", "valid integer", None),
        ("steps.shout.cuont=3", "unknown key 'cuont'", "count"),
        ("steps.shout.count=[1", "not YAML", None),
    ],
)
def test_wrong_sets_are_refused(project: Project, text: str, words: str, hint: str | None) -> None:
    error = project.refuse(BASE, text)
    assert error.exit_code == 2
    assert words in str(error)
    assert hint is None or hint in (error.hint or "")


def test_set_input_is_relative_to_the_current_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.file("sub/mine.txt")
    monkeypatch.chdir(project.folder / "sub")
    recipe = project.load(BASE, "master=mine.txt")
    assert recipe.graph.node("fetch").bindings["media"] == project.folder / "sub" / "mine.txt"


# extends


def test_extends_merges_and_keeps_places(project: Project) -> None:
    project.file("base/master.txt")
    base = project.file("base/base.yaml", "name: base\nlanguage: zh\n" + BASE.split("\n", 1)[1])
    recipe = project.load("extends: base/base.yaml\nvariables: {count: 9}\n")
    assert recipe.name == "base"
    assert recipe.graph.node("fetch").bindings["media"] == project.folder / "base" / "master.txt"
    assert settings(recipe, "shout").count == 9  # type: ignore[attr-defined]
    assert settings(recipe, "shout").language == "zh"  # type: ignore[attr-defined]
    assert recipe.graph.output == project.folder / "out"
    error = project.refuse("extends: base/base.yaml\nvariables: {count: x}\n")
    assert error.where == f"{base}:7:20"


def test_extends_of_several_and_steps_replaced(project: Project) -> None:
    project.file("one.yaml", BASE)
    project.file("two.yaml", "variables: {words: [z]}\n")
    recipe = project.load(
        "extends: [one.yaml, two.yaml]\nsteps:\n  - fetch: {media: $master}\n  - shout: {words: $words}\n"
    )
    assert settings(recipe, "shout").words == ("z",)  # type: ignore[attr-defined]
    assert len(recipe.graph.nodes) == 2


def test_loop_in_extends_is_refused(project: Project) -> None:
    project.file("other.yaml", "extends: r.yaml\n")
    error = project.refuse("name: x\nextends: other.yaml\n")
    assert error.where == f"{project.folder / 'other.yaml'}:1:10"
    assert "loop: r.yaml → other.yaml → r.yaml" in error.message
    assert "loop" in project.refuse("extends: r.yaml\n").message


# Batches


BATCH = """\
inputs: {master: "eps/*.txt", script: "scripts/{stem}.txt"}
steps:
  - fetch: {media: $master, script: $script}
  - propose: {title: "$item", from: {loud: shout}}
"""


def test_glob_makes_items_and_stem_pairs_sidecars(project: Project) -> None:
    for name in ("b", "a", "丙"):
        project.file(f"eps/{name}.txt")
        project.file(f"scripts/{name}.txt")
    recipe = project.load(
        BATCH.replace(
            '  - propose: {title: "$item", from: {loud: shout}}', '  - shout\n  - propose: {title: "$item/$stem"}'
        )
    )
    assert recipe.graph.items == ("a", "b", "丙")
    node = recipe.graph.node("b/fetch")
    assert node.bindings["script"] == project.folder / "scripts" / "b.txt"
    assert settings(recipe, "丙/propose").title == "丙/丙"  # type: ignore[attr-defined]
    assert recipe.graph.node("b/shout").bindings == {"asset": "b/fetch"}


def test_missing_sidecar_is_refused_before_work(project: Project) -> None:
    project.file("eps/a.txt")
    error = project.refuse(BATCH)
    assert error.exit_code == 3
    assert error.where == f"{project.path}:1:39"
    assert "scripts/a.txt" in error.message


def test_two_globs_are_refused(project: Project) -> None:
    project.file("eps/a.txt")
    error = project.refuse("inputs: {a: 'eps/*.txt', b: 'eps/*.txt'}\nsteps: [judge]\n")
    assert "both globs" in error.message
    assert "{stem}" in (error.hint or "")


def test_name_with_glob_letters_is_a_plain_file(project: Project) -> None:
    project.file("ep [1].txt")
    recipe = project.load("inputs: {a: 'ep [1].txt'}\nsteps:\n  - fetch: {media: $a}\n")
    assert recipe.graph.items == ("",)


def test_equal_names_in_a_batch_are_refused(project: Project) -> None:
    project.file("x/a.txt")
    project.file("x/a.md")
    error = project.refuse("inputs: {a: 'x/a.*'}\nsteps:\n  - fetch: {media: $a}\n")
    assert "two items would be called 'a'" in error.message
    assert "*.mp4" in (error.hint or "")


def test_matrix_multiplies_items(project: Project) -> None:
    project.file("eps/a.txt")
    project.file("eps/b.txt")
    text = 'inputs: {m: "eps/*.txt"}\nmatrix: {lang: [zh, en], n: [1, 2]}\n'
    text += "steps:\n  - fetch: {media: $m}\n  - shout: {language: $lang, count: $n}\n"
    recipe = project.load(text)
    assert recipe.graph.items == tuple(f"{stem}-{lang}-{n}" for stem in "ab" for lang in ("en", "zh") for n in (1, 2))
    assert settings(recipe, "b-zh-2/shout").count == 2  # type: ignore[attr-defined]


def test_awkward_names_become_items(project: Project) -> None:
    for name in ("-dash", ".hidden dot", "a'b\"c", "x: y", "表情😀", "$dollar", "[br]"):
        project.file(f"eps/{name}.txt")
    recipe = project.load('inputs: {m: "eps/*.txt", s: "eps/{stem}.txt"}\nsteps:\n  - fetch: {media: $m, script: $s}\n')
    assert set(recipe.graph.items) == {"-dash", "a'b\"c", "x: y", "表情😀", "$dollar", "[br]"}


# Filling in


def test_language_and_channels_are_filled_in(project: Project) -> None:
    channel = "{title: x, audio: {loudness: r128}, container: wav, source: s, grade: M, checked_on: 2026-11-22}"
    recipe = project.load(
        f"language: zh\nchannels:\n  mine: {channel}\n" + BASE + "  - chop\n  - shout: {language: en}\n"
    )
    assert settings(recipe, "shout").language == "zh"  # type: ignore[attr-defined]
    assert settings(recipe, "shout-2").language == "en"  # type: ignore[attr-defined]
    assert settings(recipe, "chop").channel_definitions["mine"]["title"] == "x"  # type: ignore[attr-defined]


def test_run_of_a_loaded_recipe(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(project.folder, monkeypatch)
    report = bench.run(project.load(BASE).graph)
    assert report.exit_code == 0
    assert (project.folder / "out/loud/master.txt").read_text() == "HELLOHELLO"


def test_failure_names_the_recipe_position(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(project.folder, monkeypatch)
    report = bench.run(project.load(BASE.replace("count: $count", "fail: true")).graph)
    assert str(report.error()) == f"{project.path}:6:5: shout: the voice broke"
