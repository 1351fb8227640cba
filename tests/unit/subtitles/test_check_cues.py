"""Violations that an editor would expect to see, one planted fault at a time, each beside its clean twin."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.media.cues import Cue, CueSheet
from mediakit.subtitles.check import RULES, check_cues, count_by_rule

PROFILES = load_profiles().subtitles
GOOD = (Cue(start=1.0, end=3.0, lines=("今天下雨了",)), Cue(start=3.2, end=5.0, lines=("路很难走",)))


def rules(*cues: Cue, profile: str = "cn_tv_14", fps: int | None = 25, cuts: tuple[float, ...] = ()) -> list[str]:
    sheet = CueSheet(language="zh", cues=cues)
    return [v.rule for v in check_cues(sheet, PROFILES[profile], Fraction(fps) if fps else None, cuts)]


def test_clean_cues_have_no_violation() -> None:
    assert rules(*GOOD) == []
    assert rules(*GOOD, cuts=(1.0, 3.2)) == []


def cue(start: float, end: float, *lines: str) -> Cue:
    return Cue(start=start, end=end, lines=lines)


@pytest.mark.parametrize(
    ("rule", "cues", "profile"),
    [
        ("empty", (cue(1, 2, "  "),), "cn_tv_14"),
        ("empty", (cue(1, 2),), "cn_tv_14"),
        ("negative", (cue(1, 1, "好"),), "cn_tv_14"),
        ("overlap", (cue(1, 3, "今天下雨了"), cue(2.8, 5, "路很难走")), "cn_tv_14"),
        ("gap", (cue(1, 3, "今天下雨了"), cue(3.04, 5, "路很难走")), "cn_tv_14"),
        ("bridge-gap", (cue(1, 3, "It rained."), cue(3.2, 5, "All night.")), "netflix_en"),
        ("duration-min", (cue(1, 1.8, "好"),), "cn_tv_14"),
        ("duration-max", (cue(1, 8.04, "今天下雨了"),), "cn_tv_14"),
        ("cps", (cue(1, 2, "今天下雨了路很难走啊"),), "cn_tv_14"),
        ("wpm", (cue(1, 3, "one two three four five six seven"),), "bbc_en"),
        ("line-length", (cue(1, 4, "一二三四五六七八九十一二三四五"),), "cn_tv_14"),
        ("lines", (cue(1, 4, "今天下了一天的大雨", "山里的路很难走"),), "cn_tv_14"),
        ("one-line", (cue(1, 4, "今天", "下雨了"),), "netflix_zh"),
        ("kinsoku", (cue(1, 5, "今天下了一天的大雨", "，山里的路很难走"),), "netflix_zh"),
        ("kinsoku", (cue(1, 5, "今天下了一天的大雨“", "山里的路很难走”"),), "netflix_zh"),
        ("punctuation", (cue(1, 3, "今天，下雨了"),), "cn_tv_14"),
        ("white-space", (cue(1, 3, "今天  下雨"),), "cn_tv_14"),
        ("frame-grid", (cue(1.02, 3, "今天下雨了"),), "cn_tv_14"),
        ("glyphs", (cue(1, 3, "今天\ufffd"),), "cn_tv_14"),
    ],
)
def test_a_planted_fault_is_found_and_nothing_else(rule: str, cues: tuple[Cue, ...], profile: str) -> None:
    assert rules(*cues, profile=profile) == [rule]


@pytest.mark.parametrize("cut", [0.8, 2.96, 2.6])
def test_shot_changes(cut: float) -> None:
    assert set(rules(*GOOD, cuts=(cut,))) == {"shot-change"}


def test_every_rule_has_a_plain_meaning() -> None:
    assert all(meaning and meaning[0].islower() for meaning in RULES.values())


def test_title_marks_and_numbers_are_no_stray_punctuation() -> None:
    assert rules(cue(1, 4, "《史记》有3.5公斤 50%")) == []


def test_dialogue_dashes_may_take_two_short_lines() -> None:
    assert rules(cue(1, 4, "- Yes.", "- No."), profile="netflix_en") == []


def test_a_file_rounded_to_milliseconds_passes_at_its_frame_rate() -> None:
    fps = Fraction(30000, 1001)
    times = [(30, 90), (92, 150)]
    cues = tuple(
        Cue(start=int(1000 * a / fps) / 1000, end=int(1000 * b / fps) / 1000, lines=("今天下雨",)) for a, b in times
    )
    assert check_cues(CueSheet(language="zh", cues=cues), PROFILES["cn_tv_14"], fps) == []


def test_without_a_frame_rate_a_files_rounding_is_forgiven() -> None:
    assert rules(cue(1, 3, "今天下雨了"), cue(3.07, 5, "路很难走"), fps=None) == []
    assert rules(cue(1, 3, "今天下雨了"), cue(3.05, 5, "路很难走"), fps=None) == ["gap"]


def test_violations_say_where_and_how_much() -> None:
    sheet = CueSheet(language="zh", cues=(cue(61.2, 61.6, "好"),))
    violation = check_cues(sheet, PROFILES["cn_tv_14"], Fraction(25))[0]
    assert str(violation) == "1:01.200 cue 1: duration-min: 0.400 s, 0.833 s at least"
    assert (violation.measured, violation.limit) == (pytest.approx(0.4), 0.833)
    assert count_by_rule([violation, violation]) == {"duration-min": 2}
