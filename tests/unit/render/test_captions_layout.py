"""Where captions go, without drawing them."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import get_channel, load_profiles
from mediakit.channels.models import Channel
from mediakit.errors import InputError, UsageError
from mediakit.media.asstext import escape_ass
from mediakit.media.cues import Cue
from mediakit.render.caption_ass import render_ass
from mediakit.render.caption_style import CaptionStyle, caption_style
from mediakit.render.captions import layout_captions
from mediakit.render.layout import measure_ink, safe_box, wrap_evenly, wrap_line
from mediakit.tools.fonts import find_font

FONT = find_font()
PROFILES = load_profiles()
LETTERS = "国语龘爩，。《》“”·—…！？ABCWMgjpqy |{}\\0123456789%€ÅÉß你我他的一是了在人有 －"


def style_for(channel_id: str, language: str = "zh", profile: str | None = None) -> CaptionStyle:
    channel = get_channel(channel_id)
    assert channel.subtitles
    return caption_style(channel, FONT, PROFILES.subtitles[profile or channel.subtitles.profile_for(language)])


BURNING = [name for name, channel in PROFILES.channels.items() if channel.frame and channel.subtitles]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("channel_id", BURNING)
def test_the_profiles_longest_line_fits_whole_at_full_size(channel_id: str, language: str) -> None:
    channel = get_channel(channel_id)
    assert channel.subtitles
    profile = PROFILES.subtitles[channel.subtitles.profile_for(language)]
    style = style_for(channel_id, language)
    line = (
        "国" * profile.line_length if profile.counting == "cjk" else ("The quick brown fox jumps over a lazy dog" * 2)
    )
    line = line[: profile.line_length].strip()
    placed = layout_captions([Cue(start=0, end=2, lines=(line,) * profile.lines)], style).cues[0]
    assert [one.text for one in placed.lines] == [line] * profile.lines
    assert all(one.size == style.size for one in placed.lines)
    assert style.safe.contains(placed.box)
    # Readable: 3 % of the picture's shorter side at the least.
    assert style.size >= 0.03 * min(style.width, style.height)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["tv_web", "douyin", "youtube_shorts"]),
    st.lists(st.text(LETTERS, min_size=1, max_size=60), min_size=1, max_size=3),
)
def test_any_text_is_inside_the_safe_area_or_refused(channel_id: str, lines: list[str]) -> None:
    style = style_for(channel_id)
    try:
        layout = layout_captions([Cue(start=0, end=1, lines=tuple(lines))], style)
    except InputError:
        return
    for box in layout.boxes:
        assert style.safe.contains(box.box)
        assert box.box.x % 2 == box.box.y % 2 == box.box.width % 2 == box.box.height % 2 == 0


@settings(max_examples=200, deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=80), st.floats(2, 20))
@example("000W““ ", 4.75)
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: float) -> None:
    for wrapped in (wrap_line(FONT, text, width), wrap_evenly(FONT, text, width)):
        assert "".join(wrapped).replace(" ", "") == text.replace(" ", "")
        for part in wrapped:
            assert measure_ink(FONT, part).advance <= width + 1e-6 or len(part) == 1
    assert len(wrap_evenly(FONT, text, width)) <= len(wrap_line(FONT, text, width))


def test_no_line_starts_with_a_closing_mark() -> None:
    for text in ("她说今天的工作已经全部做完了，可以回家了。", "《守夜人》第二季《夜行十二公里》开播"):
        for width in range(4, 12):
            for part in wrap_line(FONT, text, width)[1:]:
                assert part[0] not in "，。》"
            for part in wrap_line(FONT, text, width)[:-1]:
                assert part[-1] != "《"


def test_emoji_and_joiners_are_left_out_and_told() -> None:
    layout = layout_captions([Cue(start=0, end=1, lines=("高兴😀极了👨‍👩‍👧",))], style_for("tv_web"))
    assert layout.cues[0].lines[0].text == "高兴极了"
    assert set(layout.missing) == set("😀👨👩👧")
    assert layout_captions([Cue(start=0, end=1, lines=("😀",))], style_for("tv_web")).cues == ()


def test_a_script_that_the_font_lacks_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError) as caught:
        layout_captions([Cue(start=0, end=1, lines=("สวัสดีครับ",))], style_for("tv_web"))
    assert "lacks" in caught.value.message
    assert "font" in (caught.value.hint or "")


def test_the_safe_area_scales_with_the_picture_and_defaults_to_five_per_cent() -> None:
    half = safe_box(get_channel("douyin"), 540, 960)
    assert (half.x, half.y, 540 - half.right, 960 - half.bottom) == (30, 120, 90, 240)
    wide = safe_box(get_channel("tv_web"), 1920, 1080)
    assert (wide.x, wide.y, wide.right, wide.bottom) == (96, 54, 1824, 1026)


def test_style_overrides_in_the_text_have_no_effect() -> None:
    assert escape_ass([r"{\b1}a\Nb"], drawn=True) == r"\{＼b1\}a＼Nb"
    text = render_ass([Cue(start=0, end=1, lines=(r"{\pos(0,0)}x",))], style_for("tv_web"))
    event = next(line for line in text.splitlines() if line.startswith("Dialogue"))
    assert event.endswith(r"\{＼pos(0,0)\}x")
    assert len(re.findall(r"(?<!\\)\{", event)) == 1


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["24000/1001", "25", "30000/1001", "30", "50", "60000/1001", "60"]),
    st.floats(0, 5000),
    st.floats(0.05, 7),
)
def test_written_times_lie_strictly_between_the_frames(rate: str, start: float, length: float) -> None:
    fps = Fraction(rate)
    style = _with_rate("tv_web", fps)
    text = render_ass([Cue(start=start, end=start + length, lines=("一",))], style, Fraction(100))
    event = next(line for line in text.splitlines() if line.startswith("Dialogue"))
    for stamp, wanted in zip(event.split(",")[1:3], (start, start + length), strict=True):
        hours, minutes, seconds = stamp.split(":")
        time = Fraction(int(hours) * 3600 + int(minutes) * 60) + Fraction(seconds) - 100
        frame = int((Fraction(wanted) * fps + Fraction(1, 2)) // 1)
        if wanted != start:
            frame = max(frame, int((Fraction(start) * fps + Fraction(1, 2)) // 1) + 1)
        assert Fraction(frame - 1) / fps < time < Fraction(frame) / fps


def _with_rate(channel_id: str, fps: Fraction) -> CaptionStyle:
    channel: Channel = get_channel(channel_id)
    assert channel.frame
    return caption_style(
        channel.model_copy(update={"frame": channel.frame.model_copy(update={"fps": fps})}),
        FONT,
        PROFILES.subtitles["cn_tv_14"],
    )


def test_what_cannot_be_exact_is_refused() -> None:
    with pytest.raises(UsageError, match="120 frames a second"):
        _with_rate("tv_web", Fraction(120))
    with pytest.raises(UsageError, match="no picture"):
        caption_style(get_channel("radio"), FONT, PROFILES.subtitles["cn_tv_14"])
    with pytest.raises(UsageError, match="negative"):
        render_ass([Cue(start=1, end=2, lines=("一",))], style_for("tv_web"), -5)
