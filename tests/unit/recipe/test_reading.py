from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError, RecipeError
from mediakit.media.yamltree import Tree, resolve_scalar
from mediakit.recipe.reading import MAX_BYTES, parse_yaml, read_yaml


def test_every_key_and_value_has_its_place() -> None:
    tree = parse_yaml("name: x\nsteps:\n  - render: {of: a, channels: [tv, web]}\n", "r.yaml")
    assert tree.data == {"name": "x", "steps": [{"render": {"of": "a", "channels": ["tv", "web"]}}]}
    assert str(tree.position(("name",))) == "r.yaml:1:7"
    assert str(tree.position(("name",), at_key=True)) == "r.yaml:1:1"
    assert str(tree.position(("steps", 0, "render", "channels", 1))) == "r.yaml:3:36"
    assert str(tree.position(("steps", 0, "render", "of"), at_key=True)) == "r.yaml:3:14"
    assert str(tree.position(("steps", 0, "render", "missing"))) == "r.yaml:3:13"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("true", True), ("~", None), ("", None), ("12", 12), ("-3", -3),
        ("0x1f", 31), ("0o17", 15), ("017", 17), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("10M", "10M"),
        ("9:16", "9:16"), ("2026-11-22", "2026-11-22"), ("15s-45s", "15s-45s"), ("1_000", "1_000"), (".nan", ".nan"),
        (".inf", ".inf"), ("29.97", 29.97), ("第一集", "第一集"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    assert resolve_scalar(text) == value
    assert type(resolve_scalar(text)) is type(value)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=30))
def test_any_text_survives_quoting(text: str) -> None:
    import json

    quoted = json.dumps(text, ensure_ascii=False)
    assert parse_yaml(f"key: {quoted}", "f").data == {"key": text}


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?,\n \t$<\x00\x07é", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RecipeError):
        assert isinstance(parse_yaml(text, "f"), Tree)


def refused(text: str) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        parse_yaml(text, "r.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "r.yaml:3:2", "not YAML"),
        ("a: 1\n\tb: 2\n", "r.yaml:2:1", "not YAML"),
        ("a: 1\nb: 2\na: 3\n", "r.yaml:3:1", "the key 'a' is there twice"),
        ("a: !!python/object/apply:os.system [ls]\n", "r.yaml:1:4", "tag"),
        ("a: !secret x\n", "r.yaml:1:4", "tag"),
        ("a: *nobody\n", "r.yaml:1:4", "alias"),
        ("a: &x [1, *x]\n", "r.yaml:1:11", "contains itself"),
        ("a: 1\n---\nb: 2\n", "r.yaml:2:1", "more than one document"),
        ("? [a, b]\n: c\n", "r.yaml:1:3", "a key must be a word"),
        ("", "r.yaml:1:1", "is empty"),
        ('a: "\\ud800"\n', "r.yaml:1:4", "not a text"),
        ("a: 1e999\n", "r.yaml:1:4", "too large"),
        ("a: 99999999999999999999999\n", "r.yaml:1:4", "too large"),
    ],
)
def test_mistakes_have_a_place(text: str, where: str, words: str) -> None:
    error = refused(text)
    assert error.where == where
    assert words in error.message
    assert error.exit_code == 2


def test_alias_bomb_is_refused_before_it_unfolds() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    error = refused("\n".join(lines) + "\n")
    assert "unfolds" in error.message
    assert error.line == 5


def test_deep_nesting_is_refused() -> None:
    assert "deeper" in refused("[" * 60 + "]" * 60).message
    assert "deeper" in refused("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 30 + "*a" + "]" * 30).message


def test_many_anchors_are_read() -> None:
    tree = parse_yaml("\n".join(f"- &n{number} {{a: {number}}}" for number in range(10_000)), "f")
    assert [entry["a"] for entry in tree.data] == list(range(10_000))


def test_aliases_and_merge_keys_carry_their_places() -> None:
    text = "base: &b {size: 1, deep: {x: 2}}\none:\n  <<: *b\n  size: 5\ntwo: *b\n"
    tree = parse_yaml(text, "r.yaml")
    assert tree.data["one"] == {"size": 5, "deep": {"x": 2}}
    assert tree.data["two"] == {"size": 1, "deep": {"x": 2}}
    assert str(tree.position(("two", "deep", "x"))) == "r.yaml:1:30"
    assert str(tree.position(("one", "deep", "x"))) == "r.yaml:1:30"
    assert str(tree.position(("one", "size"))) == "r.yaml:4:9"
    tree.data["one"]["deep"]["x"] = 9
    assert tree.data["two"]["deep"]["x"] == 2
    assert "<< takes a mapping" in refused("a: &a 1\nb: {<<: *a}\n").message


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="is a folder"):
        read_yaml(tmp_path)
    path = tmp_path / "r.yaml"
    path.write_bytes(b"name: x\nb: \xff\xfe\n")
    with pytest.raises(RecipeError, match="not UTF-8") as caught:
        read_yaml(path)
    assert (caught.value.line, caught.value.column) == (2, 4)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(RecipeError, match="too large"):
        read_yaml(path)
    path.write_text("\ufeffname: x\n", encoding="utf-8")
    assert read_yaml(path).data == {"name": "x"}
