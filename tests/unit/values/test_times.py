from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import UsageError
from mediakit.media.times import (
    format_clock,
    frames_to_timecode,
    parse_duration,
    parse_rate,
    parse_time,
    seconds_to_frame,
    timecode_to_frames,
)

PAL = Fraction(25)
NTSC = Fraction(30000, 1001)
RATES = [PAL, Fraction(24), Fraction(24000, 1001), NTSC, Fraction(30), Fraction(50), Fraction(60000, 1001)]


@pytest.mark.parametrize(
    ("text", "rate"),
    [("25", PAL), (29.97, NTSC), ("30000/1001", NTSC), ("23.976", Fraction(24000, 1001)), (Fraction(50), Fraction(50))],
)
def test_rates_are_exact(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "-25", "25/0", "fast", "100000"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match=r"frame rate|range"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15),
        ("1h30m", 5400),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("01:30", 90),
        ("1:02:03.5", 3723.5),
        (12, 12),
        ("8h", 28800),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "-5", "5x", True, "99999h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", Fraction(25, 2)),
        ("00:10", 10),
        ("1:02:03.25", Fraction(372325, 100)),
        ("250f", 10),
        ("00:00:10:05", Fraction(51, 5)),
    ],
)
def test_times_on_a_25_fps_clip(text, seconds):
    assert parse_time(text, PAL) == seconds


def test_a_timecode_counts_from_the_clips_own_start():
    assert parse_time("10:00:02:12", PAL, "10:00:00:00") == Fraction(62, 25)
    with pytest.raises(UsageError, match="before the clip's start"):
        parse_time("09:59:59:24", PAL, "10:00:00:00")


@pytest.mark.parametrize("text", ["9:99", "1:60:00", "1:00:61", "abc", "", "1/0"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(UsageError, match="not a time"):
        parse_time(text, PAL)


def test_frames_need_a_frame_rate():
    with pytest.raises(UsageError, match="no frame rate"):
        parse_time("250f")


def test_drop_frame_follows_the_clock():
    # SMPTE ST 12-1: at 29.97, one hour of real time is 01:00:00;00 in drop-frame counting.
    assert timecode_to_frames("01:00:00;00", NTSC) == 107_892
    assert frames_to_timecode(107_892, NTSC, drop=True) == "01:00:00;00"
    with pytest.raises(UsageError, match="does not exist"):
        timecode_to_frames("00:01:00;00", NTSC)


@pytest.mark.parametrize("text", ["00:00:00:25", "00:60:00:00", "1:2:3:4", "abc"])
def test_wrong_timecodes_are_refused(text):
    with pytest.raises(UsageError):
        timecode_to_frames(text, PAL)


@given(st.integers(0, 2_000_000), st.sampled_from(RATES), st.booleans())
def test_timecode_round_trip(frame, rate, drop):
    frame %= int(24 * 3600 * rate)
    assert timecode_to_frames(frames_to_timecode(frame, rate, drop=drop), rate) == frame


@given(st.integers(0, 10_000_000), st.sampled_from(RATES))
def test_a_frames_start_maps_back_to_the_frame(frame, rate):
    assert seconds_to_frame(frame / rate, rate) == frame
    assert seconds_to_frame(round(float(frame / rate), 3), rate) == frame


def test_clock_for_people():
    assert format_clock(83.4) == "1:23"
    assert format_clock(3723.456, decimals=2) == "1:02:03.46"
