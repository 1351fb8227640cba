"""Encoders, presets and quality by hand: what each encoder is told, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel
from mediakit.errors import ToolError, UsageError
from mediakit.render.encoders import encoder_options
from mediakit.render.spec import Encoding, Knobs, PictureSpec, check_encoding, spec_of_channel, specs_of_channel
from mediakit.render.whole import encoder_arguments, whole_file
from mediakit.tools import encoders
from mediakit.tools.encoders import ENCODERS, check_encoder, check_preset, find_encoder, list_working

SPEC = PictureSpec(
    *(640, 360, Fraction(25), "pad"),
    Encoding("h264", "", 21.4, 50, 2, max_rate=8_000_000, buffer=8_000_000, profile="high"),
)


def options(name: str, **changes: Any) -> dict[str, Any]:
    encoding = replace(SPEC.encoding, encoder=name, codec=ENCODERS[name].codec, **changes)
    return encoder_options(replace(SPEC, encoding=encoding))


def channel(**video: Any) -> Channel:
    base = load_profiles().channel("tv_web")
    assert base.video is not None
    return base.model_copy(update={"video": base.video.model_validate({**base.video.model_dump(), **video})})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h264_nvenc", {"rc": "vbr", "cq": "21.4", "b:v": 0, "g": 50, "bf": 2, "preset": "p5"}),
        ("hevc_nvenc", {"cq": "21.4", "tag:v": "hvc1", "maxrate": 7_200_000, "bufsize": 4_000_000}),
        ("h264_qsv", {"global_quality": 21, "forced_idr": 1, "g": 50}),
        ("h264_vaapi", {"rc_mode": "CQP", "qp": 21}),
        ("h264_amf", {"rc": "cqp", "qp_i": 21, "qp_p": 21}),
        ("h264_videotoolbox", {"q:v": 57}),
        ("libopenh264", {"qmin": 21, "qmax": 51, "rc_mode": "bitrate", "b:v": 7_200_000}),
    ],
)
def test_quality_is_told_in_each_encoders_own_words(name: str, expected: dict[str, Any]) -> None:
    made = options(name, preset="p5" if "nvenc" in name else "")
    assert made["c:v"] == name
    assert expected.items() <= made.items()
    assert "crf" not in made


def test_without_a_rate_limit_quality_alone_counts() -> None:
    made = options("libopenh264", max_rate=None, buffer=None)
    assert (made["qmin"], made["qmax"], made["rc_mode"]) == (21, 21, "quality")
    assert "maxrate" not in options("h264_nvenc", max_rate=None, buffer=None)


def test_the_usual_encoder_named_by_hand_changes_no_key() -> None:
    plain = spec_of_channel(channel())
    assert spec_of_channel(channel(), Knobs(encoder="libx264")) == plain
    other = spec_of_channel(channel(), Knobs(encoder="h264_nvenc"))
    assert other.digest != plain.digest
    assert PictureSpec.load(other.describe()) == other


def test_a_preset_follows_the_encoder() -> None:
    assert spec_of_channel(channel(preset="slow"), Knobs(encoder="h264_nvenc")).encoding.preset == "slow"
    assert spec_of_channel(channel(preset="veryslow"), Knobs(encoder="h264_nvenc")).encoding.preset == "p5"
    assert spec_of_channel(channel(), Knobs(encoder="libopenh264")).encoding.preset == ""
    assert spec_of_channel(channel(encoder="h264_nvenc", preset="p6")).encoding.preset == "p6"
    with pytest.raises(UsageError, match="'p9' is not a preset of h264_nvenc"):
        spec_of_channel(channel(encoder="h264_nvenc", preset="p9"))
    with pytest.raises(UsageError, match="not a preset of libx264"):
        spec_of_channel(channel(), Knobs(preset="p5"))
    with pytest.raises(UsageError, match="libopenh264 has no presets"):
        spec_of_channel(channel(), Knobs(encoder="libopenh264", preset="fast"))


def test_an_encoder_by_hand_is_for_channels_of_its_codec() -> None:
    assert spec_of_channel(channel(), Knobs(encoder="libx265")).encoding.encoder is None
    assert {
        spec.encoding.encoder
        for _, spec in specs_of_channel(load_profiles().channel("app_hls"), Knobs(encoder="h264_qsv"))
    } == {"h264_qsv"}
    with pytest.raises(UsageError, match="libx265 makes hevc, and the channel takes h264"):
        spec_of_channel(channel(encoder="libx265"))
    with pytest.raises(UsageError, match="no encoder is called") as raised:
        spec_of_channel(channel(), Knobs(encoder="h264_nvec"))
    assert "h264_nvenc" in str(raised.value.hint)


def test_every_known_encoder_has_options_and_a_preset_of_its_own() -> None:
    for name, encoder in ENCODERS.items():
        check_preset(encoder, encoder.preset)
        made = options(name, preset=encoder.preset)
        assert made["c:v"] == name
        assert find_encoder(name) is encoder


@pytest.fixture
def no_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine whose ffmpeg holds two encoders of cards and whose cards are not there."""
    built = frozenset(("libx264", "libx265", "h264_nvenc", "h264_vaapi"))
    monkeypatch.setattr(encoders, "list_capabilities", lambda kind: built)
    reasons = {"h264_nvenc": "no NVIDIA driver (Cannot load libcuda.so.1)", "h264_vaapi": "no graphics device"}
    monkeypatch.setattr(encoders, "try_encoder", reasons.get)


@pytest.mark.usefixtures("no_hardware")
def test_what_does_not_run_here_is_refused_with_what_does() -> None:
    assert list_working() == ("libx264", "libx265")
    assert list_working("h264", hardware=True) == ()
    with pytest.raises(ToolError, match="has h264_nvenc, but it does not run here: no NVIDIA driver") as raised:
        check_encoder(ENCODERS["h264_nvenc"])
    assert raised.value.hint == "works here for h264: libx264"
    with pytest.raises(ToolError, match="no encoder hevc_qsv") as raised:
        check_encoder(ENCODERS["hevc_qsv"])
    assert raised.value.hint == "works here for hevc: libx265"
    with pytest.raises(ToolError, match="does not run here"):
        check_encoding(spec_of_channel(channel(encoder="h264_nvenc")).encoding)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("[h264_nvenc @ 0x1] Cannot load libcuda.so.1\n[vf] x", "no NVIDIA driver (Cannot load libcuda.so.1)"),
        ("[a @ 0x1] first\n[b] Error creating a MFX session: -9.", "no Intel graphics driver"),
        ("[x @ 0x1] Something of its own\nmore", "Something of its own"),
        ("", "without a word"),
    ],
)
def test_the_reason_is_read_from_the_log(log: str, reason: str) -> None:
    assert reason in encoders._read_reason(log)


def test_frames_are_sent_to_a_device_where_the_encoder_needs_it(tmp_path: Any) -> None:
    encoding = replace(SPEC.encoding, encoder="h264_vaapi", whole=True)
    spec = replace(SPEC, encoding=encoding)
    made = encoder_arguments(spec, 7, tmp_path / "a.mp4")
    assert made[:2] == ["-vaapi_device", "/dev/dri/renderD128"]
    assert made[made.index("-vf") + 1].endswith("format=nv12,hwupload")
    assert whole_file(spec) == "piece.mp4"
    assert spec.whole
    assert spec.digest != SPEC.digest
