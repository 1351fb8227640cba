"""``shorts.yaml``: written for people, read strictly, with the place of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.errors import InputError, RecipeError
from mediakit.media.shorts import Short, ShortsList, ShortSpan, format_shorts, read_shorts, write_shorts
from mediakit.media.yamltree import parse_yaml


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shorts.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_times_are_read_as_a_person_writes_them(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "shorts:\n  - id: 雨夜\n    spans:\n      - {start: 00:12.40, end: 41.72}\n"
        "      - start: 1m5s\n        end: '01:02:03'\n",
    )
    spans = read_shorts(path).shorts[0].spans
    assert [(span.start, span.end) for span in spans] == [(12.4, 41.72), (65.0, 3723.0)]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("shorts:\n  - id: a\n    spanz: []\n", "3:5", "unknown key 'spanz'", "spans"),
        ("shorts:\n  - id: a\n    spans: [{start: 5, end: 3}]\n", "3:13", "ends before it starts", ""),
        ("shorts:\n  - id: a\n    spans: [{start: 1:xx, end: 3}]\n", "3:14", "not a duration", ""),
        ("shorts:\n  - id: a/b\n    spans: [{start: 1, end: 3}]\n", "2:5", "letters, digits", ""),
        ("shorts:\n  - id: a\n    spans: []\n", "3:5", "at least 1 item", ""),
        ("shorts:\n  - spans: [{start: 1, end: 2}]\n", "2:5", "id: Field required", ""),
        (
            "shorts:\n  - id: a\n    spans: [{start: 1, end: 2}]\n  - id: A\n    spans: [{start: 1, end: 2}]\n",
            "1:1",
            "two shorts have the id",
            "",
        ),
        ("shorts:\n  - id: a\n    id: b\n", "3:5", "stands twice", ""),
        ("shorts: [\n", "2:1", "is not YAML", ""),
        ("shorts: &a [*a]\n", "1:13", "aliases", ""),
        ("- 1\n", "1:1", "is not a list of shorts", "schema"),
        ("schema: mediakit/other/1\n", "1:1", "expected 'mediakit/shorts/1'", ""),
        ("shorts:\n  - id: a\n    spans: [{start: 50, end: 70}]\n", "3:25", "ends at 01:10.00, and the source", ""),
        ("shorts:\n  - id: a\n    spans: [{start: 65, end: 70}]\n", "3:14", "starts at 01:05.00", ""),
    ],
)
def test_mistakes_are_shown_where_they_stand(tmp_path: Path, text: str, place: str, message: str, hint: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RecipeError, match=message) as caught:
        read_shorts(path, duration=60.0)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert hint in (caught.value.hint or "")


def test_missing_binary_and_huge_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: no such file"):
        read_shorts(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="UTF-8"):
        read_shorts(tmp_path / "binary.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * (5 << 20))
    with pytest.raises(InputError, match="larger"):
        read_shorts(tmp_path / "huge.yaml")
    with pytest.raises(RecipeError, match="nested too deep"):
        parse_yaml("[" * 3000 + "]" * 3000, tmp_path / "deep.yaml")


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@settings(deadline=None)
@given(
    titles=st.lists(_TEXT, max_size=4),
    start=st.integers(0, 90_000_000),
    length=st.integers(1, 10_000_000),
)
def test_round_trip(titles: list[str], start: int, length: int) -> None:
    span = ShortSpan(start=start / 1000, end=(start + length) / 1000)
    shorts = tuple(
        Short(id=f"s{k}", title=title, spans=(span,), opens_with=title, channels=("douyin",))
        for k, title in enumerate(titles)
    )
    made = ShortsList(language="zh", shorts=shorts)
    tree = parse_yaml(format_shorts(made), Path("shorts.yaml"))
    back = ShortsList.model_validate(tree.data)
    assert [short.model_copy(update={"spans": ()}) for short in back.shorts] == [
        short.model_copy(update={"spans": ()}) for short in made.shorts
    ]
    for short in back.shorts:
        assert abs(short.spans[0].start - span.start) < 1e-6
        assert abs(short.spans[0].end - span.end) < 1e-6


def test_the_text_is_made_for_people(tmp_path: Path) -> None:
    short = Short(id="short-1", title="总要有人走夜路", spans=(ShortSpan(start=12.4, end=41.72),), score=0.5)
    write_shorts(ShortsList(language="zh", shorts=(short,)), tmp_path / "s.yaml")
    text = (tmp_path / "s.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "title: 总要有人走夜路\n" in text
    assert "- {start: 00:12.40, end: 00:41.72}\n" in text
