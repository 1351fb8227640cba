"""Files of any kind checked as they are written, and repaired without touching a word."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import load_profiles
from mediakit.media.alignment import is_spoken
from mediakit.media.cues import CueSheet
from mediakit.subtitles.check import check_cues
from mediakit.subtitles.filecheck import check_file
from mediakit.subtitles.formats import format_cues, read_cues, read_file
from mediakit.subtitles.raw import RawCue, SubtitleFile, order_cues
from mediakit.subtitles.repair import Change, longest_rise, repair_cues
from mediakit.subtitles.rules import NAMES, RULES

PROFILES = load_profiles().subtitles
FPS = Fraction(25)
BAD = """1
00:00:05,000 --> 00:00:07,000
<i>这是第一条字幕，其它的都在后面。</i>

3
00:00:01,000 --> 00:00:02,000
顺序错了...

4
00:00:06,500 --> 00:00:09,000
重叠的一条  有两个空格 而且它实在是太长了一行根本放不下需要拆开才行

5
00:00:12,000 --> 00:00:11,000
时间反了

6
00:00:13,000 --> 00:00:14,000


7
-00:00:01,000 --> 00:00:00,500
负的时间

8
00:00:14,000 --> 00:00:14,100
太短了
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def repair(path: Path, profile_id: str) -> tuple[CueSheet, tuple[Change, ...]]:
    return repair_cues(read_file(path), read_cues(path), PROFILES[profile_id], FPS)


def found(path: Path, profile_id: str, fps: Fraction | None = FPS) -> set[tuple[int, str]]:
    violations = check_file(read_file(path), read_cues(path), PROFILES[profile_id], fps)
    return {(violation.cue, violation.rule) for violation in violations}


def test_every_fault_of_a_bad_file_is_named_at_its_own_number(tmp_path: Path) -> None:
    faults = found(write(tmp_path / "a.srt", BAD), "cn_tv_14")
    assert faults >= {
        *((1, "italics"), (1, "overlap"), (1, "line-length"), (1, "punctuation"), (1, "wording"), (2, "order")),
        *((2, "ellipsis"), (2, "numbering"), (3, "white-space"), (3, "cps"), (4, "negative"), (5, "empty")),
        *((6, "negative"), (6, "order"), (7, "duration-min")),
    }


@pytest.mark.parametrize("profile_id", ["cn_tv_14", "netflix_zh", "vertical_zh"])
def test_a_bad_file_is_repaired_but_for_what_a_person_decides(tmp_path: Path, profile_id: str) -> None:
    sheet, changes = repair(write(tmp_path / "a.srt", BAD), profile_id)
    left = check_cues(sheet, PROFILES[profile_id])
    assert {violation.rule for violation in left} == {"wording"}
    assert not any(violation.fails for violation in left)
    text = "".join(cue.text for cue in sheet.cues)
    assert text.index("负的时间") < text.index("顺序错了") < text.index("这是第一条字幕") < text.index("重叠的一条")
    moved = {change.cue for change in changes if change.rule == "order"}
    assert moved == {2, 6}
    assert {change.rule for change in changes if change.cue == 4} == {"negative"}
    assert "太短了" in text
    assert Change("tags", 1, "<i> </i>", "") in changes


def test_a_good_file_is_left_alone(tmp_path: Path) -> None:
    good = "1\n00:00:01,000 --> 00:00:03,000\n今天下雨了\n\n2\n00:00:03,080 --> 00:00:05,000\n路很难走\n"
    path = write(tmp_path / "a.srt", good)
    assert found(path, "cn_tv_14") == set()
    sheet, changes = repair(path, "cn_tv_14")
    assert changes == ()
    assert format_cues(sheet, "srt") == good


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "这是一条用国标编码的字幕"),
        ("big5", "這是一條用大五碼寫的字幕"),
        ("utf-16", "这是一条字幕"),
        ("utf-16-be", "这是一条字幕"),
    ],
)
def test_other_encodings_are_told_and_mended(tmp_path: Path, encoding: str, text: str) -> None:
    path = write(tmp_path / "a.srt", f"1\r\n00:00:01,000 --> 00:00:04,000\r\n{text}\r\n", encoding)
    assert (0, "encoding") in found(path, "netflix_zh")
    sheet, changes = repair(path, "netflix_zh")
    assert sheet.cues[0].text == text
    assert [change.rule for change in changes] == ["encoding"]


def test_a_byte_order_mark_is_no_fault_and_mixed_line_ends_are(tmp_path: Path) -> None:
    body = "1\r\n00:00:01,000 --> 00:00:04,000\r\n今天下雨了\n"
    path = tmp_path / "a.srt"
    path.write_bytes(b"\xef\xbb\xbf" + body.encode())
    assert found(path, "cn_tv_14") == {(0, "line-ends")}


def test_two_cues_of_the_same_time_share_it(tmp_path: Path) -> None:
    body = "1\n00:00:01,000 --> 00:00:05,000\n今天下了一天的雨\n\n2\n00:00:01,000 --> 00:00:05,000\n路很难走\n"
    sheet, _ = repair(write(tmp_path / "a.srt", body), "cn_tv_14")
    assert [cue.text for cue in sheet.cues] == ["今天下了一天的雨", "路很难走"]
    assert check_cues(sheet, PROFILES["cn_tv_14"]) == []


def test_a_repair_keeps_clear_of_shot_changes(tmp_path: Path) -> None:
    body = "1\n00:00:01,000 --> 00:00:03,920\n今天下了一天的雨\n\n2\n00:00:04,200 --> 00:00:07,000\n路很难走\n"
    path = write(tmp_path / "a.srt", body)
    profile = PROFILES["cn_tv_14"]
    assert {v.rule for v in check_file(read_file(path), read_cues(path), profile, FPS, (4.0,))} == {"shot-change"}
    sheet, changes = repair_cues(read_file(path), read_cues(path), profile, FPS, (4.0,))
    assert sheet.cues[1].start == 4.0
    assert check_cues(sheet, profile) == []
    assert [str(change) for change in changes] == ["cue 2: shot-change: 0:04.200–0:07.000 → 0:04.000–0:07.000"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I have 3 sons.", "numbers"),
        ("12 men came.", "numbers"),
        ("- Yes.\nNo.", "dashes"),
        ("Wait...", "ellipsis"),
        ("Clara\nWhitfield", "split"),
        ("in two hundred\nand forty thousand years of the long road", "split"),
    ],
)
def test_rules_of_wording_and_names(text: str, rule: str) -> None:
    cue = RawCue(1, 4, tuple(text.split("\n"))).to_cue()
    sheet = CueSheet(language="en", terms=("Clara Whitfield",), cues=(cue,))
    assert rule in {violation.rule for violation in check_cues(sheet, PROFILES["netflix_en"], FPS)}


@pytest.mark.parametrize("text", ["He is 12.", "It weighs 5 kg.", "In 1998.", "at 7:30", "$5 a day"])
def test_numbers_that_stay_in_digits(text: str) -> None:
    sheet = CueSheet(language="en", cues=(RawCue(1, 4, (text,)).to_cue(),))
    assert check_cues(sheet, PROFILES["netflix_en"], FPS) == []


def test_every_rule_has_the_name_that_editors_know() -> None:
    assert NAMES.keys() == RULES.keys()


@given(st.permutations(range(12)))
def test_what_need_not_be_moved_rises_and_is_longest(numbers: list[int]) -> None:
    rise = longest_rise(numbers)
    assert all(a < b for a, b in pairwise(rise))
    assert [number for number in numbers if number in rise] == rise
    best = [1] * len(numbers)
    for i, number in enumerate(numbers):
        best[i] = max([best[j] + 1 for j in range(i) if numbers[j] < number], default=1)
    assert len(rise) == max(best)


_TEXT = st.lists(
    st.sampled_from(
        [
            "今天下雨",
            "王师傅",
            "，",
            "。",
            "...",
            "GPU",
            " ",
            "it was late",
            "《史记》",
            "—",
            "3.5公里",
            "\t",
            "\u200b",
            "-",
        ]
    ),
    max_size=12,
).map("".join)
_CUES = st.lists(
    st.builds(
        lambda start, length, lines: RawCue(start, start + length, tuple(line for line in lines if line.strip())),
        st.floats(-2, 40).map(lambda x: round(x, 3)),
        st.floats(-3, 9).map(lambda x: round(x, 3)),
        st.lists(_TEXT, max_size=3),
    ),
    max_size=7,
)


def said(cues: tuple[object, ...]) -> list[str]:
    return sorted(c for cue in cues for line in cue.lines for c in line if is_spoken(c))  # type: ignore[attr-defined]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_CUES, st.sampled_from(["cn_tv_14", "netflix_zh", "netflix_en", "bbc_en"]), st.sampled_from([None, FPS]))
def test_a_repair_of_anything_keeps_the_words_and_never_overlaps(
    cues: list[RawCue], profile_id: str, fps: Fraction | None
) -> None:
    file = SubtitleFile("srt", "utf-8", False, ("\n",), "zh", tuple(cues))
    sheet = CueSheet(language="zh", profile=profile_id, fps=fps, cues=order_cues(cues))
    made, changes = repair_cues(file, sheet, PROFILES[profile_id], fps, (5.0, 9.4, 20.0))
    assert said(made.cues) == said(tuple(cues))
    assert all(a.end <= b.start for a, b in pairwise(made.cues))
    assert all(cue.end > cue.start for cue in made.cues)
    assert all(change.before != change.after for change in changes)
    rules = {violation.rule for violation in check_cues(made, PROFILES[profile_id])}
    assert not rules & {"overlap", "negative", "empty", "white-space", "ellipsis", "frame-grid"}
    again, _ = repair_cues(
        SubtitleFile("srt", "utf-8", False, ("\n",), "zh", tuple(RawCue(c.start, c.end, c.lines) for c in made.cues)),
        made,
        PROFILES[profile_id],
        fps,
        (5.0, 9.4, 20.0),
    )
    assert [cue.lines for cue in again.cues] == [cue.lines for cue in made.cues]
