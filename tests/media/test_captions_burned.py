"""Burned captions against a clean frame: all ink inside the safe area and inside the box that was told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel, SubtitleProfile
from mediakit.media.captionlook import CaptionLook
from mediakit.media.cues import Cue, CueWord
from mediakit.media.spans import Box
from mediakit.render.caption_ass import render_ass
from mediakit.render.caption_style import CaptionStyle, caption_style
from mediakit.render.captions import layout_captions
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.fonts import find_font, link_font

PROFILES = load_profiles()
LINES = {
    "zh-longest": ("国" * 40,),
    "zh-two": ("她在车间里拧紧了最后", "一颗螺丝国语龘靐齉爩"),
    "latin": ("Wwwwww gjpqy |Q|, the quick brown fox jumps", "over ÅÉÎÕÜ (and back) again {not} \\N a break"),
    "mixed": ("《2026年》GDP·增长12.5%“新质生产力”",),
    "emoji": ("高兴😀极了👨‍👩‍👧！",),
    "one-long-word": ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",),
}


def burn(
    folder: Path,
    style: CaptionStyle,
    cues: tuple[Cue, ...],
    *,
    frames: int = 1,
    start: Fraction = Fraction(0),
    fps: Fraction | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return clean and burned frames as (frames, height, width, 3) arrays, chroma repeated to full size."""
    rate = fps or style.fps
    lift = round(100 * rate)  # whole frames: 100 s is no whole number of frames at 23.976
    (folder / "cues.ass").write_text(render_ass(cues, style, shift_s=lift / rate - start), encoding="utf-8")
    link_font(style.font.path, folder / "fonts")
    made = []
    source = f"color=c=0x406080:s={style.width}x{style.height}:r={rate.numerator}/{rate.denominator},format=yuv420p"
    overlay = f"setpts=PTS+{lift},ass=cues.ass:fontsdir=fonts,setpts=PTS-{lift},"
    for name, chain in (("clean", ""), ("burned", overlay)):
        run_ffmpeg(
            [
                *("-f", "lavfi", "-i", source, "-vf", f"{chain}format=yuv420p"),
                *("-frames:v", str(frames), "-f", "rawvideo", f"{name}.yuv"),
            ],
            task=f"draw {name}",
            cwd=folder,
        )
        made.append(_read(folder / f"{name}.yuv", style.width, style.height))
    return made[0], made[1]


def _read(path: Path, width: int, height: int) -> np.ndarray:
    data = np.fromfile(path, np.uint8).reshape(-1, height * width * 3 // 2)
    luma = data[:, : height * width].reshape(-1, height, width)
    chroma = data[:, height * width :].reshape(-1, 2, height // 2, width // 2)
    wide = chroma.repeat(2, axis=2).repeat(2, axis=3)
    return np.stack([luma, wide[:, 0], wide[:, 1]], axis=-1)


def changed_box(clean: np.ndarray, burned: np.ndarray) -> Box | None:
    rows, columns = np.nonzero((clean != burned).any(axis=-1))
    if not len(rows):
        return None
    x, y = int(columns.min()), int(rows.min())
    return Box(x=x, y=y, width=int(columns.max()) + 1 - x, height=int(rows.max()) + 1 - y)


def style_of(channel: Channel, profile: SubtitleProfile) -> CaptionStyle:
    return caption_style(channel, find_font(), profile)


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("channel_id", ["tv_web", "wx_channels", "douyin", "youtube_shorts", "bilibili"])
def test_every_changed_pixel_lies_in_the_box_and_the_box_in_the_safe_area(
    tmp_path: Path, channel_id: str, kind: str
) -> None:
    channel = PROFILES.channel(channel_id)
    assert channel.subtitles
    style = style_of(channel, PROFILES.subtitles[channel.subtitles.profile_for("zh")])
    cues = (Cue(start=0, end=1, lines=LINES[kind]),)
    told = layout_captions(cues, style).boxes[0].box
    clean, burned = burn(tmp_path, style, cues)
    seen = changed_box(clean[0], burned[0])
    assert seen is not None
    assert style.safe.contains(told)
    assert told.contains(seen), f"ink {seen} outside {told}"
    # What was told is not merely a large box: the ink fills it to a few pixels.
    assert abs(seen.x - told.x) <= 6
    assert abs(seen.right - told.right) <= 6
    assert abs(seen.y - told.y) <= 8
    assert abs(seen.bottom - told.bottom) <= 8


@pytest.mark.parametrize("rate", ["25", "30000/1001", "50", "60", "24000/1001", "60000/1001"])
def test_cues_change_on_the_right_frames_in_every_piece(tmp_path: Path, rate: str) -> None:
    base = PROFILES.channel("tv_web")
    assert base.frame
    small = base.model_copy(
        update={"frame": base.frame.model_copy(update={"width": 320, "height": 180, "fps": Fraction(rate)})}
    )
    style = style_of(small, PROFILES.subtitles["cn_tv_14"])
    fps = Fraction(rate)
    # Cues begin and end at odd times; the truth is the nearest frame.
    cues = tuple(Cue(start=0.1 + 0.37 * i, end=0.1 + 0.37 * i + 0.203, lines=("国",)) for i in range(12))
    shown = {frame for cue in cues for frame in range(round(Fraction(cue.start) * fps), round(Fraction(cue.end) * fps))}
    length = int(fps * 5)
    for first in (0, 37, 61):
        clean, burned = burn(tmp_path, style, cues, frames=length - first, start=first / fps)
        seen = {first + number for number in range(length - first) if (clean[number] != burned[number]).any()}
        assert seen == {frame for frame in shown if frame >= first}


def test_overlapping_cues_stack_and_stay_readable(tmp_path: Path) -> None:
    style = style_of(PROFILES.channel("wx_channels"), PROFILES.subtitles["vertical_zh"])
    cues = (Cue(start=0, end=2, lines=("第一位说话的人",)), Cue(start=1, end=3, lines=("第二位说话的人", "又一行")))
    first, second = (placed.box for placed in layout_captions(cues, style).cues)
    assert second.bottom <= first.y
    clean, burned = burn(tmp_path, style, cues, start=Fraction(1))
    seen = changed_box(clean[0], burned[0])
    assert seen is not None
    assert seen.y >= second.y
    assert seen.bottom <= first.bottom
    assert style.safe.contains(seen)


def test_a_window_writes_only_its_own_cues(tmp_path: Path) -> None:
    style = style_of(PROFILES.channel("tv_web"), PROFILES.subtitles["cn_tv_14"])
    cues = tuple(Cue(start=float(i), end=i + 0.8, lines=(f"第{i}句",)) for i in range(10))
    text = render_ass(cues, style, shift_s=Fraction(97), window=(Fraction(3), Fraction(5)))
    assert "第3句" in text
    assert "第4句" in text
    assert "第2句" not in text
    assert "第5句" not in text
    moved = tuple(cue.model_copy(update={"start": cue.start + 4, "end": cue.end + 4}) for cue in cues)
    assert render_ass(moved, style, shift_s=Fraction(93), window=(Fraction(7), Fraction(9))) == text


def _spoken(text: str, *starts: float) -> Cue:
    words = tuple(CueWord(text=char, start=start, end=start + 0.1) for char, start in zip(text, starts, strict=True))
    return Cue(start=0.08, end=1.2, lines=(text,), words=(words,))


SMALL = {"frame": {"width": 480, "height": 270, "fps": 25}, "safe_area": None}
KARAOKE = CaptionLook(highlight="#ff2020")


def _red(frame: np.ndarray) -> int:
    return int((frame[..., 2] > 190).sum())


def test_every_word_is_highlighted_from_its_own_frame_on(tmp_path: Path) -> None:
    channel = Channel.model_validate({**PROFILES.channels["tv_web"].model_dump(), **SMALL})
    style = caption_style(channel, find_font(), PROFILES.subtitles["cn_tv_14"], look=KARAOKE)
    cue = _spoken("凌晨两点", 0.08, 0.32, 0.6, 0.88)  # frames 2, 8, 15, 22
    _, burned = burn(tmp_path, style, (cue,), frames=32)
    red = [_red(frame) for frame in burned]
    changes = [k for k in range(1, 32) if abs(red[k] - red[k - 1]) > 8]
    assert changes == [2, 8, 15, 22, 30]
    assert red[29] > red[21] > red[14] > red[7] > 0


def test_a_piece_that_begins_inside_a_cue_shows_what_the_whole_shows(tmp_path: Path) -> None:
    channel = Channel.model_validate({**PROFILES.channels["tv_web"].model_dump(), **SMALL})
    look = CaptionLook(highlight="#ff2020", box="#101418")
    style = caption_style(channel, find_font(), PROFILES.subtitles["cn_tv_14"], look=look)
    cue = _spoken("凌晨两点", 0.08, 0.32, 0.6, 0.88)
    (tmp_path / "whole").mkdir()
    _, whole = burn(tmp_path / "whole", style, (cue,), frames=32)
    lift = 2500
    piece = tmp_path / "piece"
    piece.mkdir()
    window = (Fraction(10, 25), Fraction(26, 25))
    text = render_ass((cue,), style, shift_s=Fraction(lift - 10, 25), window=window)
    (piece / "cues.ass").write_text(text, encoding="utf-8")
    link_font(style.font.path, piece / "fonts")
    source = f"color=c=0x406080:s={style.width}x{style.height}:r=25,format=yuv420p"
    chain = f"setpts=PTS+{lift},ass=cues.ass:fontsdir=fonts,setpts=PTS-{lift},format=yuv420p"
    arguments = ["-f", "lavfi", "-i", source, "-vf", chain, "-frames:v", "16", "-f", "rawvideo", "burned.yuv"]
    run_ffmpeg(arguments, task="draw a piece", cwd=piece)
    assert np.array_equal(_read(piece / "burned.yuv", style.width, style.height), whole[10:26])


@pytest.mark.parametrize("position", ["top", "bottom"])
def test_a_plate_and_two_languages_stay_inside_the_box_that_was_told(tmp_path: Path, position: str) -> None:
    channel = Channel.model_validate({**PROFILES.channels["tv_web"].model_dump(), **SMALL})
    look = CaptionLook.model_validate({"box": "#101418", "position": position})
    style = caption_style(channel, find_font(), PROFILES.subtitles["cn_tv_14"], look=look)
    cue = Cue(start=0, end=1, lines=("她走在这条铁路上",), translation=("She walks this line, gjpqy",))
    clean, burned = burn(tmp_path, style, (cue,))
    box = changed_box(clean[0], burned[0])
    placed = layout_captions((cue,), style).cues[0].box
    assert box is not None
    assert style.safe.contains(placed)
    assert placed.contains(box)
    assert abs(box.width - placed.width) <= 2  # the plate is as wide as what was told
    near = placed.y - style.safe.y if position == "top" else style.safe.bottom - placed.bottom
    assert 0 <= near <= 4


def test_two_speakers_are_burned_in_colours_of_their_own(tmp_path: Path) -> None:
    channel = Channel.model_validate({**PROFILES.channels["tv_web"].model_dump(), **SMALL})
    look = CaptionLook.model_validate(
        {"box": "#101418", "speakers": [{"speaker": "旁白", "colour": "#ff2020"}, {"speaker": "S2", "box": "#00a000"}]}
    )
    style = caption_style(channel, find_font(), PROFILES.subtitles["cn_tv_14"], look=look)
    cues = tuple(
        Cue(start=0.4 * n, end=0.4 * (n + 1), lines=("凌晨两点",), speaker=name)
        for n, name in enumerate(("旁白", "S2", "S3"))
    )
    _, burned = burn(tmp_path, style, cues, frames=30)
    narrator, subject, other = (burned[frame].astype(int) for frame in (5, 15, 25))
    assert _red(narrator) > 20
    assert _red(subject) == _red(other) > 0 or abs(_red(subject) - _red(other)) <= 2
    bright = [int((frame[..., 0] > 200).sum()) for frame in (narrator, subject, other)]
    assert bright[0] == 0
    assert min(bright[1:]) > 20
    box = layout_captions(cues, style).cues[1].box
    corner = (box.y + 2, box.x + 2)
    assert tuple(narrator[corner]) == tuple(other[corner]) != tuple(subject[corner])
