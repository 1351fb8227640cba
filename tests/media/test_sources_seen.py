"""Geometry and colour of sources: a still chart, stored in every way, is seen as it is meant (see `chart_factory`).

Every chart is rendered in two pieces and read back on both sides of the join; shapes for a 16:9 and a 9:16 frame.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from chart_factory import CORNERS, PATCHES, Chart, code_hdr, convert_gamut, decode_rgb, make_chart, read_chart
from test_pieces_frames import render, spec

FRAMES = ((320, 180), (160, 284))
FFV1 = ("-c:v", "ffv1")
PNG = ("-c:v", "png")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "4", "-x265-params", "log-level=error")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "1")
NTSC = Fraction(30000, 1001)
PAL_WIDE: dict[str, Any] = {"size": (180, 144), "sample_aspect": "64/45"}
TURNED = {
    f"turned {rotation}{', mirrored' if mirrored else ''}": ("a.mp4", {"rotation": rotation, "mirrored": mirrored})
    for rotation in (0, 90, 180, 270)
    for mirrored in (False, True)
}
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    **TURNED,
    "wide pixels that fill the frame": ("a.mp4", {"size": (240, 180), "sample_aspect": "4/3"}),
    "wide pixels": ("a.mp4", PAL_WIDE),
    "tall pixels": ("a.mp4", {"size": (360, 180), "sample_aspect": "8/9"}),
    "wide pixels, turned": ("a.mp4", {"size": (240, 180), "sample_aspect": "4/3", "rotation": 90}),
    "wide pixels, turned and mirrored": ("a.mov", {**PAL_WIDE, "rotation": 270, "mirrored": True}),
    "odd, 4:4:4": ("a.mkv", {"size": (321, 181), "pixel_format": "yuv444p", "options": FFV1}),
    "odd, 4:2:0": ("a.mkv", {"size": (321, 181), "options": FFV1}),
    "odd and turned": ("a.mov", {"size": (321, 181), "pixel_format": "rgb24", "options": PNG, "rotation": 90}),
}
CODINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "BT.601": ("a.mp4", {"coding": "smpte170m"}),
    "BT.601 of 625 lines": ("a.mp4", {"coding": "bt470bg"}),
    "BT.601 without a tag, small": ("a.mp4", {"coding": "smpte170m", "tagged": False}),
    "BT.709 without a tag, large": ("a.mp4", {"tagged": False, "size": (1280, 720), "frames": 20}),
    "full range": ("a.mp4", {"span": "full"}),
    "full range, BT.601": ("a.mp4", {"span": "full", "coding": "smpte170m"}),
    "full range by pixel format": (
        "a.mov",
        {
            **{"span": "full", "coding": "smpte170m", "tagged": False},
            **{"pixel_format": "yuvj420p", "options": ("-c:v", "mjpeg", "-q:v", "1")},
        },
    ),
    "full range, ten bits": ("a.mp4", {"span": "full", "pixel_format": "yuv420p10le"}),
    "ten bits, HEVC": ("a.mp4", {"pixel_format": "yuv420p10le", "options": HEVC}),
    "4:2:2 ten bits, H.264": ("a.mp4", {"pixel_format": "yuv422p10le"}),
    "4:2:2 ten bits, ProRes": (
        "a.mov",
        {"pixel_format": "yuv422p10le", "options": ("-c:v", "prores_ks", "-profile:v", "3")},
    ),
    "4:4:4": ("a.mp4", {"pixel_format": "yuv444p"}),
    "RGB": ("a.mkv", {"pixel_format": "gbrp", "options": FFV1}),
    "RGB in a camera's H.264": (
        "a.mp4",
        {"pixel_format": "rgb24", "options": ("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "2")},
    ),
    "animation with alpha": ("a.mov", {"pixel_format": "argb", "options": ("-c:v", "qtrle")}),
    "DV, 625 lines": (
        "a.dv",
        {
            **{"size": (720, 576), "sample_aspect": "16/15", "coding": "bt470bg", "tagged": False},
            **{"options": ("-c:v", "dvvideo"), "frames": 24},
        },
    ),
    "DV, 525 lines, 4:1:1": (
        "a.avi",
        {
            **{"size": (720, 480), "sample_aspect": "8/9", "coding": "smpte170m", "tagged": False},
            **{"pixel_format": "yuv411p", "options": ("-c:v", "dvvideo"), "fps": NTSC, "frames": 24},
        },
    ),
    "MPEG-2, fields": ("a.mpg", {"size": (352, 288), "coding": "bt470bg", "field_order": "tff", "options": MPEG2}),
    "H.264, fields": ("a.mp4", {"size": (320, 192), "field_order": "bff"}),
    "H.264, fields, 4:2:2 ten bits": (
        "a.mxf",
        {"size": (320, 192), "field_order": "tff", "pixel_format": "yuv422p10le"},
    ),
}


def show(chart: Chart, size: tuple[int, int], folder: Path) -> list[Any]:
    """Render a chart in two pieces; return a frame of each."""
    folder.mkdir()
    rate = chart.fps if chart.fps.denominator == 1 else Fraction(25)
    joined, grid = render(chart.path, spec(*size, rate, crf=4.0), folder, marks=(14,))
    images = decode_rgb(joined)
    assert len(images) == grid.ticks[1] - grid.ticks[0]
    return [images[3], images[-3]]


@pytest.mark.parametrize("name", SHAPES)
def test_pictures_are_upright_and_round(name: str, tmp_path: Path) -> None:
    file, options = SHAPES[name]
    chart = make_chart(tmp_path / file, **options)
    for size in FRAMES[:1] if options.get("mirrored") else FRAMES:
        for image in show(chart, size, tmp_path / f"{size[0]}"):
            read_chart(image, chart.aspect).check()


@pytest.mark.parametrize("name", CODINGS)
def test_colours_are_the_same_however_they_are_coded(name: str, tmp_path: Path) -> None:
    file, options = CODINGS[name]
    chart = make_chart(tmp_path / file, **options)
    for image in show(chart, FRAMES[0], tmp_path / "out"):
        read_chart(image, chart.aspect).check()


def test_wide_gamut_is_brought_to_bt709(tmp_path: Path) -> None:
    chart = make_chart(tmp_path / "a.mp4", coding="bt2020", pixel_format="yuv420p10le")
    reading = read_chart(show(chart, FRAMES[0], tmp_path / "out")[0], chart.aspect)
    for name, rgb in {**reading.corners, **reading.patches}.items():
        wanted = np.array({**CORNERS, **PATCHES}[name])
        # What is near 0 in a pure colour stands on a steep curve: half a code of ten bits is worth a dozen there.
        allowed = np.where(wanted < 20, 16, 3) if wanted.max() > 100 else 3
        assert (np.abs(np.array(rgb) - wanted) <= allowed).all(), (name, rgb)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("a.mov", {"pixel_format": "yuva444p10le", "options": ("-c:v", "prores_ks", "-profile:v", "4")}),
        ("a.mov", {"pixel_format": "rgba", "options": PNG}),
        ("a.mkv", {"pixel_format": "yuva420p", "span": "full", "options": FFV1}),
    ],
)
def test_transparent_pictures_lie_over_black(file: str, options: dict[str, Any], tmp_path: Path) -> None:
    alpha = np.ones((180, 320))
    alpha[:, :80] = 0
    alpha[:, 160:] = 0.5
    chart = make_chart(tmp_path / file, alpha=alpha, **options)
    reading = read_chart(show(chart, FRAMES[0], tmp_path / "out")[0], chart.aspect)
    for place, name in enumerate(PATCHES):
        share = 0 if place < 2 else 1 if place < 4 else 0.5
        assert np.abs(np.array(reading.patches[name]) - np.array(PATCHES[name]) * share).max() <= 3, name


NITS = (2.0, 10.0, 36.5, 100.0, 203.0, 400.0, 700.0, 1000.0)
MASTERED = ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,500):max-cll=1000,400"


@pytest.mark.parametrize("transfer", ["hlg", "pq"])
def test_hdr_keeps_skin_white_and_neutral_greys(transfer: Any, tmp_path: Path) -> None:
    skin, dark, sky = ((np.array(PATCHES[name]) / 255) ** 2.4 * 203 for name in ("skin", "dark skin", "sky"))
    bright = skin * 2
    nits = [*(np.full(3, value) for value in NITS), skin, dark, sky, bright]
    coded = code_hdr(np.stack([convert_gamut(value / 1000) * 1000 for value in nits]), transfer)
    options = (*HEVC[:-1], HEVC[-1] + MASTERED)
    chart = make_chart(
        tmp_path / "a.mp4", coding=transfer, pixel_format="yuv420p10le", options=options, patches=coded.tolist()
    )
    names = [*(f"{value:g}" for value in NITS), "skin", "dark skin", "sky", "bright skin"]
    image = show(chart, FRAMES[0], tmp_path / "out")[1]
    found = read_chart(image, chart.aspect, names).patches
    greys = [found[f"{value:g}"] for value in NITS]
    assert all(max(grey) - min(grey) <= 2 for grey in greys), "greys are tinted"
    levels = [sum(grey) / 3 for grey in greys]
    assert levels == sorted(levels)
    assert min(np.diff(levels)) > 1, "highlights run into one"
    assert 220 <= levels[NITS.index(203.0)] <= 240, "graphics white"
    for value, level in zip(NITS[:3], levels, strict=False):
        assert level == pytest.approx(255 * (value / 203) ** (1 / 2.4), abs=3), "shadows are as in SDR"
    for name in ("skin", "dark skin", "sky"):
        assert np.abs(np.array(found[name]) - PATCHES[name]).max() <= 4, (name, found[name])
    assert max(found["bright skin"]) < 245
    assert found["bright skin"][0] > found["bright skin"][1] > found["bright skin"][2] > 100


@pytest.mark.parametrize(
    "options",
    [
        {"coding": "hlg", "pixel_format": "yuv420p10le", "size": (321, 181)},
        {"coding": "pq", "pixel_format": "yuv420p10le", "size": (321, 181), "span": "full"},
        {"coding": "pq", "pixel_format": "gbrp12le"},
    ],
)
def test_hdr_in_other_forms(options: dict[str, Any], tmp_path: Path) -> None:
    nits = [(np.array(PATCHES[name]) / 255) ** 2.4 * 203 for name in ("skin", "grey", "dark skin", "near black")]
    coded = code_hdr(np.stack([convert_gamut(value / 1000) * 1000 for value in nits]), options["coding"])
    chart = make_chart(tmp_path / "a.mkv", options=FFV1, patches=coded.tolist(), **options)
    names = ["skin", "grey", "dark skin", "near black"]
    found = read_chart(show(chart, FRAMES[0], tmp_path / "out")[0], chart.aspect, names).patches
    for name in names:
        assert np.abs(np.array(found[name]) - PATCHES[name]).max() <= 4, (name, found[name])


def test_no_trace_of_hdr_is_left_in_the_file(tmp_path: Path) -> None:
    options = (*HEVC[:-1], HEVC[-1] + MASTERED)
    chart = make_chart(tmp_path / "a.mp4", coding="pq", pixel_format="yuv420p10le", options=options)
    with av.open(str(chart.path)) as container:
        assert list(next(container.decode(video=0)).side_data)
    (tmp_path / "out").mkdir()
    joined, _ = render(chart.path, spec(320, 180, Fraction(25)), tmp_path / "out")
    assert not {b"mdcv", b"clli"} & {joined.read_bytes()[at : at + 4] for at in range(4000)}
    with av.open(str(joined)) as container:
        for frame in container.decode(video=0):
            assert not list(frame.side_data)
