"""What footage is called, and which of it an event means."""

from fractions import Fraction
from pathlib import Path

import pytest

from mediakit.editing.exchange import SourceIndex, read_exchange
from mediakit.editing.sources import label_range, name_reels
from mediakit.media.info import AudioStream, MediaInfo, VideoStream
from mediakit.media.timeline import Source


def info(digest: str, *, frames: int = 250, fps: int | Fraction = 25, **more: object) -> MediaInfo:
    shape = {"codec": "h264", "width": 160, "height": 90, "display_width": 160, "display_height": 90}
    video = VideoStream.model_validate(
        {**shape, "index": 0, "pixel_format": "yuv420p", "fps": fps, "frames": frames, "duration": frames / fps}
    )
    audio = AudioStream(index=1, codec="aac", sample_rate=48000, channels=2, layout="stereo", duration=10.02)
    facts = {"container": "mov", "size": 7, "digest": digest, "duration": 10.02, "video": (video,), "audio": (audio,)}
    return MediaInfo.model_validate({**facts, **more})


def test_two_files_of_one_name_get_two_names_and_copies_are_one():
    index = SourceIndex.of(
        [
            (Path("/a/clip.mov"), info("1", timecode="10:00:00:00", reel="A001")),
            (Path("/b/clip.mov"), info("2", frames=300, fps=Fraction(30000, 1001))),
            (Path("/c/copy.mov"), info("1")),
        ]
    )
    one, two = index.footage
    assert (one.source.name, two.source.name) == ("clip", "clip-2")
    assert (one.path, one.copies, one.size) == (Path("/a/clip.mov"), (Path("/c/copy.mov"),), 7)
    # The picture's length counts, exactly, and not the sound's that is a little longer.
    assert (one.source.duration, two.source.duration) == (10, Fraction(300 * 1001, 30000))
    assert (one.source.reel, one.source.timecode, one.source.sound) == ("A001", "10:00:00:00", True)
    assert index.common_rate is None


def test_a_copy_under_another_name_is_found(tmp_path):
    index = SourceIndex.of([(Path("/a/one.mov"), info("1")), (Path("/c/copy.mov"), info("1"))])
    path = tmp_path / "e.edl"
    path.write_text("001 AX V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n* FROM CLIP NAME: COPY.MOV\n")
    assert read_exchange(path, index).paths == {"one": Path("/a/one.mov")}


def test_one_reel_on_two_files_is_told_apart_by_timecode(tmp_path):
    index = SourceIndex.of(
        [
            (Path("/a/one.mov"), info("1", reel="A001", timecode="10:00:00:00")),
            (Path("/a/two.mov"), info("2", reel="A001", timecode="10:00:10:00")),
        ]
    )
    path = tmp_path / "e.edl"
    path.write_text("001 a001 V C 10:00:12:00 10:00:13:00 01:00:00:00 01:00:01:00\n")
    read = read_exchange(path, index)
    assert list(read.paths) == ["two"]
    assert read.timeline.picture[0].start == 2


def test_a_dissolve_without_frames_behind_the_cut_is_said(tmp_path):
    index = SourceIndex.of([(Path("/a/one.mov"), info("1")), (Path("/a/two.mov"), info("2"))])
    path = tmp_path / "e.edl"
    path.write_text(
        "001 ONE V C 00:00:05:00 00:00:09:20 01:00:00:00 01:00:04:20\n"
        "002 ONE V C 00:00:09:20 00:00:09:20 01:00:04:20 01:00:04:20\n"
        "002 TWO V D 025 00:00:00:00 00:00:04:00 01:00:04:20 01:00:08:20\n"
    )
    assert "item 2: its dissolve needs 20 frames beyond one.mov" in read_exchange(path, index).warnings


@pytest.mark.parametrize(
    ("reels", "wanted"),
    [
        (["A001_C003_0815_X", "A001_C003_0815_Y"], ["A001_C00", "A001_C01"]),
        (["A001", "a001"], ["A001", "A001"]),
        (["带子", "AX"], ["CLIP", "RAX"]),
    ],
)
def test_reels_in_eight_letters_stay_apart(reels, wanted):
    sources = [Source(name=str(n), digest=str(n), reel=reel) for n, reel in enumerate(reels)]
    assert list(name_reels(sources).values()) == wanted


@pytest.mark.parametrize(
    ("fps", "timecode", "start", "edit", "wanted"),
    [
        (25, "10:00:00:00", Fraction(12, 5), 25, ("10:00:02:10", "10:00:03:10")),
        (50, "10:00:00:10", Fraction(1), 25, ("10:00:01:05", "10:00:02:05")),
        (Fraction(30000, 1001), "00:00:59;20", Fraction(1001, 3000), 30, ("00:01:00;02", "00:01:01;02")),
        (24, None, Fraction(1, 2), 25, ("00:00:00:12", "00:00:01:12")),
    ],
)
def test_timecode_of_a_source_counts_the_edits_rate(fps, timecode, start, edit, wanted):
    source = Source(name="a", digest="a", fps=fps, timecode=timecode, duration=100)
    frames = 25 if edit == 25 else 30
    assert label_range(source, start, frames, Fraction(edit)) == wanted
