from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_facts import make_info, make_transcript, write_media

from mediakit.errors import UsageError
from mediakit.library.assets import Library
from mediakit.library.model import Details
from mediakit.library.search import search_library
from mediakit.library.text import excerpt, fold_text, locate, split_query


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "lib", create=True) as opened:
        yield opened


@pytest.fixture
def filled(library: Library, tmp_path: Path) -> Library:
    welder = write_media(tmp_path / "C0001.mp4", b"1")
    digest = library.add_asset(
        make_info(welder), welder, Details(name="电焊工王芳", series="工匠", column="晚间新闻", tags=("人物",))
    ).asset.digest
    library.add_transcript(digest, make_transcript("我叫王芳，", "今年五十二岁，", "在ＡＢＣ造船厂干了30年。"))
    factory = write_media(tmp_path / "C0002.mp4", b"2")
    digest = library.add_asset(
        make_info(factory), factory, Details(name="Factory floor", notes="Straße am Werk; 王芳 walks past")
    ).asset.digest
    library.add_transcript(digest, make_transcript("The factory opened in 1958.", "It never closed.", language="en"))
    return library


def names(library: Library, query: str) -> list[str]:
    return [found.asset.name for found in search_library(library, query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("芳", ["电焊工王芳", "Factory floor"]),
        ("王芳", ["电焊工王芳", "Factory floor"]),
        ("焊工", ["电焊工王芳"]),
        ("电焊工", ["电焊工王芳"]),
        ("五十二岁", ["电焊工王芳"]),
        ("芳，今年", ["电焊工王芳"]),
        ("abc", ["电焊工王芳"]),
        ("ABC造船", ["电焊工王芳"]),
        ("３０年", ["电焊工王芳"]),
        ("工匠", ["电焊工王芳"]),
        ("晚间", ["电焊工王芳"]),
        ("人物", ["电焊工王芳"]),
        ("c0001", ["电焊工王芳"]),
        ("FACTORY", ["Factory floor"]),
        ("in", ["Factory floor"]),
        ("1958. it", []),
        ('"1958. It"', ["Factory floor"]),
        ("STRASSE", ["Factory floor"]),
        ("王芳 factory", ["Factory floor"]),
        ("王芳 电焊", ["电焊工王芳"]),
        ("不存在", []),
        ("x", []),
        ("100%", []),
        ("_", []),
        ("a* OR b", []),
    ],
)
def test_queries_of_any_length_in_both_languages(filled: Library, query: str, expected: list[str]):
    if query == "1958. it":  # two terms, both in the same transcript
        expected = ["Factory floor"]
    assert names(filled, query) == expected


def test_a_hit_says_where_and_when(filled: Library):
    (found,) = search_library(filled, "造船厂")
    (hit,) = found.hits
    assert (hit.field, hit.start) == ("transcript", 4.0)
    assert hit.excerpt == "我叫王芳，今年五十二岁，在ＡＢＣ[造船厂]干了30年。"
    (found, *_) = search_library(filled, "王芳")
    assert [hit.field for hit in found.hits] == ["name", "transcript"]
    assert found.hits[0].excerpt == "电焊工[王芳]"


def test_a_name_counts_more_than_a_mention(filled: Library):
    best, second = search_library(filled, "王芳")
    assert best.score > second.score


def test_the_limit(filled: Library):
    assert len(search_library(filled, "芳", limit=1)) == 1


@pytest.mark.parametrize("query", ["", "  ", '"', "\0"])
def test_an_empty_query_is_refused(filled: Library, query: str):
    with pytest.raises(UsageError, match="empty"):
        search_library(filled, query)


def test_what_is_no_longer_said_is_no_longer_found(filled: Library, tmp_path: Path):
    clip = tmp_path / "C0001.mp4"
    digest = filled.find_asset(str(clip)).digest
    filled.add_transcript(digest, make_transcript("另一段话"))
    filled.add_asset(make_info(clip), clip, Details(name="改名", series=""))
    assert names(filled, "造船") == names(filled, "造船厂") == names(filled, "工匠") == []
    assert names(filled, "另一段") == ["改名"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), text=st.text(min_size=1, max_size=60))
def test_any_part_of_a_note_is_found(library: Library, tmp_path: Path, data, text: str):
    folded = fold_text(text).replace("\0", "")
    clip = write_media(tmp_path / "x.mp4", b"x")
    if not folded or '"' in folded or "“" in text or "”" in text:
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded)))
    part = folded[start:end].strip()
    if not split_query(f'"{part}"') or split_query(f'"{part}"') != (part,):
        return
    library.add_asset(make_info(clip), clip, Details(notes=text.replace("\0", "")))
    assert len(search_library(library, f'"{part}"')) == 1


@given(st.text(max_size=200), st.text(min_size=1, max_size=5))
def test_excerpts_never_break(text: str, term: str):
    folded = fold_text(term)
    if not folded:
        return
    spot = locate(text, folded)
    shown = excerpt(text, [folded])
    assert len(shown) <= max(60, len(term) * 20 + 60)
    if spot is not None:
        assert 0 <= spot[0] < spot[1] <= len(text)
        assert "[" in shown
