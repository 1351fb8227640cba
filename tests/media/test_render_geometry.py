"""Geometry and colour of rendered pictures, proved with coloured patches whatever way the source is stored.

The picture as a viewer sees it has four quarters: red, green, blue and yellow, in reading order.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import run
from test_pieces_frames import open_grid

from mediakit.render.drawing import Drawing
from mediakit.render.encode import PIECE_FILE, encode_piece
from mediakit.render.scene import Scene, Window
from mediakit.render.spec import Encoding, PictureSpec

QUARTERS = {"red": (191, 0, 0), "green": (0, 191, 0), "blue": (0, 0, 191), "yellow": (191, 191, 0)}
RATE = Fraction(25)


def make_patches(
    path: Path, size: tuple[int, int], *, filters: str = "", options: tuple[str, ...] = (), order: str = "rgby"
) -> Path:
    """Make half a second of four quarters; ``filters`` come last."""
    width, height = size
    names = {"r": "0xbf0000", "g": "0x00bf00", "b": "0x0000bf", "y": "0xbfbf00"}
    boxes = ",".join(
        f"drawbox=x={x}*iw/2:y={y}*ih/2:w=iw/2:h=ih/2:color={names[order[2 * y + x]]}:t=fill"
        for y in (0, 1)
        for x in (0, 1)
    )
    graph = f"color=c=black:s={width}x{height}:r=25:d=0.52,format=gbrp,{boxes}{',' + filters if filters else ''}"
    codec = ("-c:v", "libx264", "-qp", "4", "-preset", "ultrafast") if "-c:v" not in options else ()
    run(["-f", "lavfi", "-i", graph, *codec, *options, path])
    return path


def to_bt709(extra: str = "") -> str:
    tags = "range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    return f"scale=out_color_matrix=bt709:out_range=limited,format=yuv420p,setparams={tags}{extra}"


def show(path: Path, size: tuple[int, int], fit: Any, folder: Path, *, raised: int = 0) -> Any:
    """Render the clip and return its fifth frame as RGB (height, width, 3), converted as its tags say."""
    grid, display, container = open_grid(path, RATE)
    spec = PictureSpec(*size, RATE, fit, Encoding("h264", "ultrafast", 4.0, 10, 0), raised=raised)
    piece = grid.cut(0, 6)[0]
    folder.mkdir(exist_ok=True)
    scene = Scene((Window.of(path, container, grid, piece, display),))
    encode_piece(scene, {folder: Drawing(spec)}, task="t", scratch=folder)
    with av.open(str(folder / PIECE_FILE)) as opened:
        stream = opened.streams.video[0]
        assert (stream.width, stream.height) == size
        assert stream.sample_aspect_ratio in (None, 1)
        frames = list(opened.decode(video=0))
    frame = frames[4]
    assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
    assert (int(frame.color_primaries), int(frame.color_trc)) == (1, 1)
    assert not frame.interlaced_frame
    return frame.reformat(format="rgb24", src_colorspace="itu709", dst_colorspace="default").to_ndarray()


def quarters(image: Any) -> list[str]:
    """Return the colour of each quarter in reading order, checked to be within a few steps of the right one."""
    height, width = image.shape[:2]
    found = []
    for y in (0.25, 0.75):
        for x in (0.25, 0.75):
            row, column = int(height * y), int(width * x)
            pixel = image[row - 2 : row + 3, column - 2 : column + 3].mean(axis=(0, 1))
            name = min(QUARTERS, key=lambda key: float(np.abs(pixel - QUARTERS[key]).max()))
            assert np.abs(pixel - QUARTERS[name]).max() <= 6, (name, pixel)
            found.append(name)
    return found


ORDER = ["red", "green", "blue", "yellow"]


def test_the_same_shape_is_scaled_whole(tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    assert quarters(show(source, (640, 360), "pad", tmp_path / "out")) == ORDER


@pytest.mark.parametrize("size", [(180, 320), (400, 200), (200, 200)])
def test_pad_keeps_the_whole_picture_between_black_bars(size: tuple[int, int], tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    image = show(source, size, "pad", tmp_path / "out")
    lit = image.max(axis=2) > 60
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    height, width = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    assert abs(width / height - 16 / 9) <= 2 / height * 16 / 9
    assert abs(rows[0] - (size[1] - 1 - rows[-1])) <= 2
    assert abs(columns[0] - (size[0] - 1 - columns[-1])) <= 2
    assert quarters(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]) == ORDER
    bars = image[~lit]
    assert bars.max() <= 12


def test_crop_fills_the_frame_from_the_middle(tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    image = show(source, (180, 320), "crop", tmp_path / "out")
    assert image.max(axis=2).min() > 40
    assert quarters(image) == ORDER
    middle = image[100, 80:100, 0].astype(int)
    assert (middle[:8] > 150).all()
    assert (middle[12:] < 60).all()


def test_blur_puts_a_blurred_copy_behind(tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    image = show(source, (180, 320), "blur", tmp_path / "out")
    top = (320 - 102) // 2
    assert quarters(image[top + 2 : top + 100]) == ORDER
    above, below = image[: top - 4], image[top + 108 :]
    assert above[10, 20, 0] > 120
    assert above[10, 20, 2] < 60
    assert below[-10, 20, 2] > 100
    steps = np.abs(np.diff(above[20, :, :2].astype(int), axis=0)).max()
    assert steps < 24, "the copy behind is not blurred"


@pytest.mark.parametrize("fit", ["blur", "pad"])
def test_a_raised_picture_stands_so_many_rows_above_the_middle(fit: str, tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    middle = show(source, (180, 320), fit, tmp_path / "middle")
    raised = show(source, (180, 320), fit, tmp_path / "raised", raised=40)
    top = (320 - 102) // 4 * 2
    apart = np.abs(raised[top - 40 : top + 62].astype(int) - middle[top : top + 102].astype(int))
    assert apart.mean() < 1.5
    if fit == "pad":
        assert raised[top + 66 :].max() < 12


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_in_the_metadata_is_applied(rotation: int, tmp_path: Path) -> None:
    first = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    turned = tmp_path / "b.mp4"
    run(["-display_rotation", str(-rotation), "-i", first, "-c", "copy", turned])
    expected = {90: "blue red yellow green", 180: "yellow blue green red", 270: "green yellow red blue"}[rotation]
    size = (320, 180) if rotation == 180 else (180, 320)
    assert quarters(show(turned, size, "pad", tmp_path / "out")) == expected.split()


def test_mirrored_pictures_are_turned_back(tmp_path: Path) -> None:
    first = make_patches(tmp_path / "a.mp4", (320, 180), filters=to_bt709())
    turned = tmp_path / "b.mp4"
    run(["-display_hflip", "-i", first, "-c", "copy", turned])
    assert quarters(show(turned, (320, 180), "pad", tmp_path / "out")) == ["green", "red", "yellow", "blue"]


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mp4", (180, 144), filters=to_bt709(",setsar=64/45"))
    image = show(source, (320, 180), "pad", tmp_path / "out")
    assert image.max(axis=2).min() > 40
    assert quarters(image) == ORDER


def test_odd_sizes(tmp_path: Path) -> None:
    source = make_patches(
        tmp_path / "a.mkv", (161, 121), filters="scale=out_color_matrix=bt709,format=yuv444p,setparams=colorspace=bt709"
    )
    image = show(source, (320, 180), "pad", tmp_path / "out")
    lit = np.flatnonzero((image.max(axis=2) > 60).any(axis=0))
    assert abs(len(lit) - 180 * 161 / 121) <= 2
    assert quarters(image[:, lit[0] : lit[-1] + 1]) == ORDER


@pytest.mark.parametrize(
    ("matrix", "tag", "size"),
    [("bt709", "bt709", (320, 180)), ("smpte170m", "smpte170m", (320, 180)), ("smpte170m", "", (320, 240))],
)
@pytest.mark.parametrize("span", ["limited", "full"])
def test_colour_matrix_and_range(matrix: str, tag: str, size: tuple[int, int], span: str, tmp_path: Path) -> None:
    tags = f"range={span}" + (f":colorspace={tag}" if tag else "")
    filters = f"scale=out_color_matrix={matrix}:out_range={span},format=yuv420p,setparams={tags}"
    source = make_patches(tmp_path / "a.mp4", size, filters=filters)
    assert quarters(show(source, size, "pad", tmp_path / "out")) == ORDER


@pytest.mark.parametrize("pixel_format", ["yuv422p10le", "yuv444p", "yuv420p10le"])
def test_other_pixel_formats(pixel_format: str, tmp_path: Path) -> None:
    filters = to_bt709().replace("yuv420p", pixel_format)
    source = make_patches(tmp_path / "a.mov", (320, 180), filters=filters)
    assert quarters(show(source, (320, 180), "pad", tmp_path / "out")) == ORDER


def test_rgb_sources(tmp_path: Path) -> None:
    source = make_patches(tmp_path / "a.mkv", (320, 180), options=("-c:v", "ffv1", "-pix_fmt", "gbrp"))
    assert quarters(show(source, (320, 180), "pad", tmp_path / "out")) == ORDER


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_becomes_plausible_sdr(transfer: str, tmp_path: Path) -> None:
    filters = to_bt709().replace("yuv420p", "yuv444p") + (
        ",zscale=transfer=linear:npl=203,format=gbrpf32le,"
        f"zscale=primaries=2020:transfer={transfer}:matrix=2020_ncl:range=limited,format=yuv420p10le,"
        f"setparams=range=limited:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    )
    source = make_patches(tmp_path / "a.mp4", (320, 180), filters=filters)
    image = show(source, (320, 180), "pad", tmp_path / "out")
    for quarter, (y, x) in zip(ORDER, ((45, 80), (45, 240), (135, 80), (135, 240)), strict=True):
        pixel = image[y, x].astype(int)
        wanted = QUARTERS[quarter]
        assert all((value > 90) == (goal > 90) for value, goal in zip(pixel, wanted, strict=True)), (quarter, pixel)


@pytest.mark.parametrize(("coded", "aspect"), [((120, 90), "4/3"), ((160, 72), "4/5")])
def test_pixels_that_are_not_square_fill_a_frame_of_the_shown_size(
    tmp_path: Path, coded: tuple[int, int], aspect: str
) -> None:
    """As HDV does: 1440 by 1080 coded is 1920 by 1080 shown, the very size of the frame."""
    path = make_patches(tmp_path / "a.mp4", coded, filters=f"{to_bt709()},setsar={aspect}")
    picture = show(path, (160, 90), "pad", tmp_path / "out")
    for name, (x, y) in {"red": (40, 22), "green": (120, 22), "blue": (40, 67), "yellow": (120, 67)}.items():
        assert picture[y, x] == pytest.approx(QUARTERS[name], abs=12)
