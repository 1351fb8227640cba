"""Fonts: found by default, refused when they are none, and honest about what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.media.digests import digest_file
from mediakit.tools.fonts import find_font, link_font, read_font

SANS = find_font("zh")


def test_the_packaged_font_is_found_with_its_family_and_digest() -> None:
    assert SANS.family == "Noto Sans SC"
    assert SANS.digest == digest_file(SANS.path)
    assert find_font("zh", serif=True).family == "Noto Serif SC"
    assert find_font(path=SANS.path) == SANS


def test_coverage_is_told_by_character() -> None:
    assert SANS.missing("守夜人 Night — 夜行12公里《》℃·“”\n") == ()
    assert SANS.missing("好😀好😀ไ") == ("😀", "ไ")
    assert SANS.keep_known("好😀👨\u200d👩好\ufe0f") == "好好"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_what_is_kept_can_be_drawn(text: str) -> None:
    kept = SANS.keep_known(text)
    assert SANS.missing(kept) == ()
    assert SANS.load(20).getlength(kept.replace("\n", " ").replace("\t", " ")) >= 0


@pytest.mark.parametrize(
    "content", [b"", b"OTTO", b"OTTO" + b"\0" * 60, b"OTTO\xff\xff" + b"\xff" * 300, b"ttcf" + b"\0" * 90]
)
def test_a_file_that_is_no_font_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "字体.otf"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_font(path)


def test_a_cut_font_a_folder_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.otf"
    cut.write_bytes(SANS.path.read_bytes()[:5000])
    for path in (cut, tmp_path, tmp_path / "none.otf"):
        with pytest.raises(InputError):
            read_font(path)


def test_a_folder_for_the_renderer_holds_that_font_alone(tmp_path: Path) -> None:
    folder = link_font(SANS.path, tmp_path / "fonts")
    link_font(SANS.path, folder)
    (only,) = folder.iterdir()
    assert digest_file(only) == SANS.digest


def test_sizes_of_the_renderer_count_ascent_and_descent() -> None:
    assert SANS.ass_size(100) == pytest.approx(144.8)
