"""How frames and fields travel in an interlaced picture, and which sound lies on which track."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel
from mediakit.errors import UsageError
from mediakit.render.fields import choose_carriage, describe_carriage, handles_for
from mediakit.render.geometry import Display
from mediakit.render.mxf import TrackPlan
from mediakit.render.spec import PictureSpec, spec_of_channel
from mediakit.render.whole import whole_key

FILM = Display(
    *("mpeg2video", 1920, 1080, 1920, 1080, "1/1", 0, False, "yuv422p", "progressive"),
    *(False, "bt709", False, "none"),
)
VIDEO = replace(FILM, field_order="tff")


def picture(**changes: Any) -> PictureSpec:
    return replace(spec_of_channel(load_profiles().channel("tv_hd")), **changes)


@pytest.mark.parametrize(
    ("display", "rate", "expected"),
    [
        (FILM, 25, "frames"),
        (FILM, 24, "frames"),
        (FILM, 50, "woven"),
        (FILM, Fraction(30000, 1001), "frames"),
        (FILM, None, "frames"),
        (VIDEO, 25, "kept"),
        (replace(VIDEO, field_order="bff"), 25, "kept"),
        (replace(VIDEO, width=1440, sample_aspect="4/3"), 25, "kept"),
        (replace(VIDEO, width=720, height=576, sample_aspect="64/45"), 25, "woven"),
        (replace(VIDEO, width=1440), 25, "kept"),  # 4:3 of as many lines between pillars
        (replace(VIDEO, rotation=90), 25, "woven"),
        (replace(VIDEO, hdr="hlg"), 25, "woven"),
        (replace(VIDEO, primaries="bt2020"), 25, "woven"),
        (VIDEO, Fraction(30000, 1001), "frames"),
    ],
)
def test_each_source_travels_its_way(display: Display, rate: Fraction | None, expected: str) -> None:
    rate = None if rate is None else Fraction(rate)
    assert choose_carriage(display, rate, picture()) == expected
    assert choose_carriage(display, rate, picture(scan="psf")) == "frames"
    assert choose_carriage(display, rate, picture(scan="progressive")) == "frames"
    assert describe_carriage(display, rate, picture())
    assert describe_carriage(display, rate, picture(scan="progressive")) is None


def test_pillars_of_blurred_picture_need_whole_frames() -> None:
    narrow = replace(VIDEO, width=1440)
    assert choose_carriage(narrow, Fraction(25), picture(fit="blur")) == "woven"
    assert choose_carriage(narrow, Fraction(25), picture(fit="crop")) == "woven"


def test_fields_of_a_double_rate_need_a_neighbour() -> None:
    assert handles_for(FILM, Fraction(25), picture()) == 0
    assert handles_for(FILM, Fraction(50), picture()) == 1
    assert handles_for(VIDEO, Fraction(25), picture()) == 1


def test_a_whole_pictures_key_holds_order_and_carriage() -> None:
    keys = {
        whole_key([("a", ("frames",)), ("b", ("frames",))]),
        whole_key([("b", ("frames",)), ("a", ("frames",))]),
        whole_key([("a", ("kept",)), ("b", ("frames",))]),
        whole_key([("a", ("frames",))]),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((2, None, "silence"), (0, 1)),
        ((1, None, "silence"), (0,)),
        ((2, 4, "silence"), (0, 1, None, None)),
        ((2, 8, "repeat"), (0, 1, 0, 1, 0, 1, 0, 1)),
        ((1, 2, "repeat"), (0, 0)),
    ],
)
def test_tracks_beyond_the_channels(arguments: tuple[int, int | None, str], expected: tuple[int | None, ...]) -> None:
    assert TrackPlan.of(*arguments).sources == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"audio": {"codec": "pcm_s24le", "channels": 2, "tracks": 1, "loudness": "r128"}}, "do not fit on 1 tracks"),
        ({"audio": {"codec": "aac", "channels": 2, "loudness": "r128"}}, "mxf holds PCM"),
        ({"container": "mp4"}, "mpeg2 goes into mxf"),
        ({"video": {"codec": "h264"}}, "mpeg2 goes into mxf"),
    ],
)
def test_channels_that_contradict_themselves_are_refused(changes: dict[str, Any], words: str) -> None:
    plain = load_profiles().channel("tv_hd").model_dump(mode="json", by_alias=True)
    with pytest.raises(ValidationError, match=words):
        Channel.model_validate({**plain, **changes})


@pytest.mark.parametrize(
    "video", [{"codec": "mpeg2"}, {"codec": "mpeg2", "bit_rate": "50M", "pixel_format": "yuv422p10le"}]
)
def test_a_broadcast_picture_needs_a_rate_and_eight_bits(video: dict[str, Any]) -> None:
    plain = load_profiles().channel("tv_hd").model_dump(mode="json", by_alias=True)
    with pytest.raises(UsageError, match="needs a bit_rate"):
        spec_of_channel(Channel.model_validate({**plain, "video": video}))
