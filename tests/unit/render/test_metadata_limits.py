"""Texts against outlets' limits, and the label of generated content."""

from __future__ import annotations

import json

import pytest

from mediakit.channels.loading import get_channel
from mediakit.errors import UsageError
from mediakit.render.metadata import (
    AIGC_FIELDS,
    aigc_tags,
    build_aigc,
    check_texts,
    count_characters,
    find_symbols,
    parse_aigc,
)


def test_a_short_title_is_held_to_length_and_symbols() -> None:
    wx = get_channel("wx_channels")
    assert check_texts(wx, title="夜行十二公里：巡道工长", description="她走了二十年。", tags=["铁路"]) == ()
    messages = [problem.message for problem in check_texts(wx, title="夜行")]
    assert messages == ["the title has 2 characters, 微信视频号 wants at least 6"]
    (problem,) = check_texts(wx, title="夜行十二公里！真的【长】")
    assert "！ 【 】" in problem.message
    assert check_texts(wx, title="《夜行》：12.5℃")[0].message.startswith("微信视频号 takes no .")
    assert [p.field for p in check_texts(wx, title="夜" * 17, description="长" * 1001, tags=["a"] * 11)] == [
        "title",
        "description",
        "tags",
    ]


def test_limits_that_are_not_known_are_not_checked() -> None:
    assert check_texts(get_channel("xuexi"), title="题" * 500, description="文" * 9000, tags=["a"] * 99) == ()


def test_lengths_are_counted_the_outlets_way() -> None:
    assert count_characters(" 守夜人e\u0301 ") == 4
    assert count_characters("守夜人abc", "weighted") == 9
    x = get_channel("x")
    assert check_texts(x, description="a" * 280) == ()
    assert check_texts(x, description="夜" * 140) == ()
    assert (
        check_texts(x, description="夜" * 141)[0].message == "the description has 282 characters, X takes at most 280"
    )


def test_symbols_are_what_is_neither_letter_digit_nor_space() -> None:
    assert find_symbols("《守夜人》第2季，12.5%!!", "《》%") == ("，", ".", "!")


def test_the_label_has_seven_strings_and_survives_both_ways() -> None:
    fields = build_aigc(producer="云岭融媒体中心", produce_id="yl-0001", label="1")
    assert tuple(fields) == AIGC_FIELDS
    assert all(isinstance(value, str) for value in fields.values())
    for container in ("mp4", "m4a", "mp3", "wav", "bwf"):
        (text,) = aigc_tags(fields, container).values()
        assert parse_aigc(text) == fields
    assert json.loads(aigc_tags(fields, "wav")["comment"])["AIGC"]["ProduceID"] == "yl-0001"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"AIGC": 3}', '{"Label": "9"}', "a comment", "{" * 9000])
def test_other_comments_are_no_label(text: str) -> None:
    assert parse_aigc(text) is None


def test_a_wrong_label_is_refused() -> None:
    with pytest.raises(UsageError, match="no label"):
        build_aigc(producer="a", produce_id="b", label="4")
    with pytest.raises(UsageError, match="ProduceID has 600"):
        build_aigc(producer="a", produce_id="b" * 600)
