"""Damaged files are refused with a message or read as far as they go; nothing else happens."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_round_trip import index_of, paths_of, simple

from mediakit.editing.exchange import read_exchange, write_exchange
from mediakit.errors import MediakitError
from mediakit.media.timeline import Clip, SoundClip, Timeline, parse_exact
from mediakit.media.times import parse_rate

PIECES = [
    "-1",
    "99999999999",
    "1e999",
    "0",
    '"',
    "<",
    ">",
    "{",
    "}",
    "null",
    "NaN",
    ";",
    ":",
    "\n",
    "[]",
    "BL",
    "D 999",
]


@pytest.mark.parametrize("suffix", ["otio", "edl", "xml"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path, suffix, data):
    timeline = simple(sound=(SoundClip(source="two", at=3, frames=20, role="music"),))
    target = tmp_path / f"edit.{suffix}"
    write_exchange(timeline, paths_of(timeline), target)
    text = target.read_text()
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(text)))
        end = first + data.draw(st.integers(0, 40))
        text = text[:first] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    target.write_text(text)
    back, said = None, ""
    try:
        back = read_exchange(target, index_of(timeline), Fraction(25) if suffix == "edl" else None)
    except MediakitError as exc:
        said = str(exc)
    if back is None:
        assert said.startswith(str(target))
    else:
        assert Timeline.model_validate_json(back.timeline.to_json()) == back.timeline


@pytest.mark.parametrize("text", ["1e999999999", "1e1000", "9" * 5000, "1/0", "nan", "x"])
def test_numbers_without_end_are_no_times_and_no_rates(text):
    with pytest.raises(ValueError, match="is not"):
        parse_exact(text)
    with pytest.raises(ValueError, match="is not"):
        parse_rate(text)


def test_a_silent_clip_is_silent_in_its_document_too():
    clip = Clip(source="one", start=Fraction(1, 3), frames=5, level_db=None)
    timeline = simple(picture=(clip,))
    assert Timeline.model_validate_json(timeline.to_json()).picture == (clip,)
