"""The label of generated content in real files: written, read back, and still there after a re-encode."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from media_factory import make_clip, run

from mediakit.media.digests import digest_file
from mediakit.render.hls import RungFile, make_hls
from mediakit.render.metadata import aigc_tags, build_aigc, read_aigc, write_tags

FIELDS = build_aigc(producer='云岭"融媒体"中心=1', produce_id="yl-0001;2", propagator="台", propagate_id="7")


@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [("a.m4a", "m4a", None), ("a.mp3", "mp3", None), ("a.wav", "wav", None), ("b.wav", "bwf", None)],
)
def test_a_sound_file_carries_the_label_and_the_same_sound(
    tmp_path: Path, name: str, container: str, codec: str | None
) -> None:
    clip = make_clip(tmp_path / f"plain-{name}", codec=codec)
    out = tmp_path / name
    write_tags(clip.path, out, container, {**aigc_tags(FIELDS, container), "title": "守夜人"})
    assert read_aigc(out) == FIELDS
    assert read_aigc(clip.path) is None
    sums = []
    for path in (clip.path, out):
        run(["-i", path, "-map", "0:a", "-c", "copy", "-f", "md5", tmp_path / "sum"])
        sums.append((tmp_path / "sum").read_text())
    assert sums[0] == sums[1]


def test_an_mp4_carries_it_and_a_re_encode_can_hand_it_on(tmp_path: Path) -> None:
    (text,) = aigc_tags(FIELDS, "mp4").values()
    flags = ("-movflags", "+faststart+use_metadata_tags")
    clip = make_clip(tmp_path / "a.mp4", metadata={"AIGC": text}, faststart=False, extra=flags)
    assert read_aigc(clip.path) == FIELDS
    again = tmp_path / "again.mp4"
    run(["-i", clip.path, "-c:v", "libx264", "-preset", "ultrafast", *flags, again])
    assert read_aigc(again) == FIELDS


def test_the_parts_of_an_adaptive_stream_carry_it(tmp_path: Path) -> None:
    rung = make_clip(tmp_path / "r.mp4", audio=None, gop=50)
    made = make_hls(
        [RungFile("360p", rung.path)],
        None,
        tmp_path / "out",
        segment_seconds=6,
        fps=Fraction(25),
        scratch=tmp_path,
        tags=aigc_tags(FIELDS, "hls"),
    )
    assert read_aigc(tmp_path / "out" / "360p" / "init.mp4") == FIELDS
    assert len({digest_file(file.path) for file in made}) == len(made)
