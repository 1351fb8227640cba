"""Graphics laid over a picture at real sizes: what changes lies inside the safe area, and the boxes are filled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediakit.channels.loading import get_channel
from mediakit.media.spans import Box
from mediakit.render.brand import AiLabel, Brand, Bug, NameStrap
from mediakit.render.graphics import draw_graphics
from mediakit.render.layout import safe_box
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.fonts import find_font

BRAND = Brand(
    bug=Bug(text="守夜人", position="top-left"),
    name_straps=(
        NameStrap(name="Αλέξανδρος 亚历山大·谢尔盖耶维奇", title="云岭市轨道交通建设指挥部安全质量监督站站长", start=0),
    ),
    ai_label=AiLabel(text="本片配音与部分画面由人工智能生成"),
)


@pytest.mark.parametrize("channel_id", ["tv_web", "wx_channels", "douyin", "youtube_shorts"])
def test_every_changed_pixel_lies_inside_the_safe_area(tmp_path: Path, channel_id: str) -> None:
    channel = get_channel(channel_id)
    assert channel.frame
    width, height = channel.frame.width, channel.frame.height
    safe = safe_box(channel, width, height)
    stills = draw_graphics(BRAND, (width, height), safe, find_font(), tmp_path, duration=10)
    assert [still.kind for still in stills] == ["ai_label", "bug", "name_strap"]
    inputs = [word for still in stills for word in ("-i", str(still.path))]
    graph, last = "", "0"
    for number, still in enumerate(stills, 1):
        graph += f"[{last}][{number}]overlay={still.box.x}:{still.box.y}:format=yuv420[o{number}];"
        last = f"o{number}"
    frames = {}
    for name, chain in (("clean", "[0]null[out]"), ("drawn", f"{graph}[{last}]null[out]")):
        run_ffmpeg(
            [
                *("-f", "lavfi", "-i", f"color=c=0x808080:s={width}x{height},format=yuv420p"),
                *(*inputs, "-filter_complex", chain, "-map", "[out]", "-frames:v", "1"),
                *("-pix_fmt", "yuv420p", "-f", "rawvideo", str(tmp_path / name)),
            ],
            task=f"draw {name}",
        )
        frames[name] = np.fromfile(tmp_path / name, np.uint8)
    luma = (frames["clean"] != frames["drawn"])[: width * height].reshape(height, width)
    chroma = (frames["clean"] != frames["drawn"])[width * height :].reshape(2, height // 2, width // 2).any(axis=0)
    changed = luma | chroma.repeat(2, axis=0).repeat(2, axis=1)
    rows, columns = np.nonzero(changed)
    x, y = int(columns.min()), int(rows.min())
    assert safe.contains(Box(x=x, y=y, width=int(columns.max()) + 1 - x, height=int(rows.max()) + 1 - y))
    for still in stills:
        box = still.box
        assert changed[box.y : box.bottom, box.x : box.right].mean() > 0.9
        changed[box.y : box.bottom, box.x : box.right] = False
    assert not changed.any()
