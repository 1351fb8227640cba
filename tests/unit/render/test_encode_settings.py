"""Specs and encoder options: equal pictures have equal specs; what a key holds and what not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.errors import UsageError
from mediakit.render.drawing import Drawing, Fade, Overlay, shift_frames
from mediakit.render.encoders import broadcast_options, encoder_options
from mediakit.render.geometry import Display, cover_size, inner_size
from mediakit.render.graphic import Graphic, Layer, Plate, TextLine
from mediakit.render.pieces import Piece
from mediakit.render.scene import Plain, describe_window
from mediakit.render.spec import PRESETS, Encoding, Knobs, PictureSpec, spec_of_channel, spec_of_rung

SPEC = PictureSpec(640, 360, Fraction(30000, 1001), "pad", Encoding("h264", "medium", 21.0, 60, 2))
DISPLAY = Display(
    "h264", 640, 360, 640, 360, "1/1", 0, False, "yuv420p", "progressive", False, "bt709", "bt709", "none"
)
PIECE = Piece(0, 100, 0, 500, "abc")
LINE = TextLine("国", 2.0, 9.0, 8.0, "#ffffff", "font")
LABEL = Graphic("ai_label", 16, 12, (Layer((Plate(0, 0, 16, 12, "#000000", 150),), (LINE,)),), (("font", "/a.otf"),))


def test_a_spec_survives_its_json_form() -> None:
    assert PictureSpec.load(SPEC.describe()) == SPEC
    drawing = Drawing(SPEC, "text", "/fonts/a.otf", "digest", (Overlay(LABEL, 1, 2, -3, 50, 5, 5, (64, 32)),))
    assert Drawing.unpack(drawing.pack()).overlays == drawing.overlays


def test_keys_hold_what_shapes_the_picture_and_no_paths() -> None:
    plain = Drawing(SPEC)
    layers = [describe_window(PIECE, DISPLAY)]
    key = plain.key(layers, "9")
    overlay = Overlay(LABEL, 1, 2, 0, 50)
    others = [
        Drawing(SPEC, ass="x").key(layers, "9"),
        Drawing(replace(SPEC, fit="crop")).key(layers, "9"),
        plain.key(layers, "10"),
        plain.key([describe_window(replace(PIECE, fingerprint="abd"), DISPLAY)], "9"),
        plain.key([describe_window(PIECE, replace(DISPLAY, rotation=90))], "9"),
        plain.key([*layers, Plain("#000000", 100).pack()], "9"),
        Drawing(SPEC, fades=(Fade("in", 0, 12),)).key(layers, "9"),
        Drawing(SPEC, overlays=(overlay,)).key(layers, "9"),
    ]
    assert len({key, *others}) == len(others) + 1
    moved = replace(PIECE, first=700, end=800, seek_pts=9, stop_pts=None)
    assert plain.key([describe_window(moved, DISPLAY)], "9") == key
    assert Drawing(SPEC, font="/somewhere/a.otf").key(layers, "9") == key
    drawn = Drawing(SPEC, overlays=(overlay,)).key(layers, "9")
    elsewhere = replace(overlay, graphic=replace(LABEL, fonts=(("font", "/b.otf"),)))
    assert Drawing(SPEC, overlays=(elsewhere,)).key(layers, "9") == drawn
    for changed in (
        replace(overlay, end=49),
        replace(overlay, graphic=replace(LABEL, width=18)),
        replace(overlay, graphic=replace(LABEL, layers=(Layer(lines=(replace(LINE, font="other"),)),))),
        replace(overlay, graphic=replace(LABEL, layers=(replace(LABEL.layers[0], motion="rise"),))),
    ):
        assert Drawing(SPEC, overlays=(changed,)).key(layers, "9") != drawn


def test_every_supported_channel_has_a_spec_and_few_pictures() -> None:
    channels = [c for c in load_profiles().channels.values() if c.frame and not c.unsupported]
    assert len(channels) >= 10
    specs = {(spec.width, spec.height, spec.fit) for spec in map(spec_of_channel, channels)}
    assert len(specs) <= 8


def test_presets_and_quality_by_hand_win() -> None:
    channel = load_profiles().channel("tv_web")
    spec = spec_of_channel(channel, Knobs(preset="veryfast", crf=30))
    assert (spec.encoding.preset, spec.encoding.crf) == ("veryfast", 30)
    ladder = load_profiles().channel("app_hls")
    plain = [spec_of_rung(ladder, rung).encoding.crf for rung in ladder.rungs]
    worse = [
        spec_of_rung(ladder, rung, Knobs(crf=((ladder.video and ladder.video.crf) or 21) + 5)).encoding.crf
        for rung in ladder.rungs
    ]
    assert [b - a for a, b in zip(plain, worse, strict=True)] == [5] * len(plain)
    assert all(spec_of_rung(ladder, rung).encoding.max_rate == rung.max_rate for rung in ladder.rungs)


def test_only_a_broadcast_codec_carries_fields() -> None:
    channel = load_profiles().channel("tv_hd")
    assert channel.video is not None
    with pytest.raises(UsageError, match="does not encode"):
        spec_of_channel(channel.model_copy(update={"video": channel.video.model_copy(update={"codec": "h264"})}))


def test_broadcast_pictures_are_whole_and_have_a_constant_rate() -> None:
    spec = spec_of_channel(load_profiles().channel("tv_hd"), Knobs(preset="slow", crf=40, encoder="libx265"))
    assert (spec.whole, spec.scan, spec.timecode) == (True, "interlaced", "10:00:00:00")
    assert PictureSpec.load(spec.describe()) == spec
    options = broadcast_options(spec)
    values = dict(zip(options[::2], options[1::2], strict=True))
    assert values["-b:v"] == values["-minrate"] == values["-maxrate"] == "50000000"
    assert (values["-bufsize"], values["-g"], values["-bf"]) == ("17825792", "12", "2")
    assert {"ildct", "ilme", "cgop", "bitexact"} <= set(values["-flags"].strip("+").split("+"))
    other = spec_of_channel(load_profiles().channel("tv_hd"), Knobs(timecode="00:59:58:00"))
    assert other.digest != spec.digest


def test_the_scan_of_progressive_pictures_stays_out_of_their_keys() -> None:
    assert {"scan", "timecode"}.isdisjoint(SPEC.describe())
    assert replace(SPEC, scan="psf").digest != SPEC.digest
    assert not SPEC.whole
    assert SPEC.working_format == "yuv420p"


def test_rate_limits_leave_room_for_joins() -> None:
    spec = replace(SPEC, encoding=replace(SPEC.encoding, max_rate=8_000_000, buffer=8_000_000))
    params = dict(part.split("=") for part in encoder_options(spec)["x264-params"].split(":"))
    assert int(params["vbv-maxrate"]) == 7200
    assert int(params["vbv-bufsize"]) == 4000
    assert params["keyint"] == params["min-keyint"] == "60"
    assert params["scenecut"] == params["open-gop"] == "0"
    assert params["stitchable"] == "1"
    assert params["threads"] == "1"
    free = replace(spec, encoding=replace(spec.encoding, max_rate=None, buffer=None))
    assert ":threads=1:" in encoder_options(free)["x264-params"]
    assert "medium" in PRESETS


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)])
def test_the_text_clock_is_shifted_by_whole_frames(rate: Fraction) -> None:
    assert 100 <= shift_frames(rate) / rate < 100 + 1 / rate


@pytest.mark.parametrize(("width", "height"), [(1080, 1920), (1920, 1080), (640, 480), (854, 480)])
@pytest.mark.parametrize("aspect", [Fraction(16, 9), Fraction(4, 3), Fraction(9, 16), Fraction(161, 121)])
def test_sizes_are_even_and_fit(width: int, height: int, aspect: Fraction) -> None:
    across, down = inner_size(aspect, width, height)
    assert across % 2 == down % 2 == 0
    assert across <= width
    assert down <= height
    assert across == width or down == height
    assert abs(across / down / float(aspect) - 1) < 0.01
    across, down = cover_size(aspect, width, height)
    assert across >= width
    assert down >= height
    assert across % 2 == down % 2 == 0


def test_an_overlay_is_cut_to_the_frames_that_show_it() -> None:
    bug = Overlay(LABEL, 0, 0, 0, 1000)
    assert bug.within(100, 200) == bug.within(300, 400)
    strap = Overlay(LABEL, 0, 0, 110, 290, 6, 6)
    assert strap.within(0, 100) is None
    assert strap.within(290, 400) is None
    assert strap.within(100, 200) == replace(strap, start=10, end=100, going=0)
    assert strap.within(112, 200) == replace(strap, start=-2, end=88, going=0)
    assert strap.within(120, 287) == replace(strap, start=0, end=170, coming=0)
    assert strap.within(150, 250) == strap.within(140, 240)
