from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media_factory import make_clip, make_tone, read_counters, run

from mediakit.errors import InputError
from mediakit.media.info import MediaInfo
from mediakit.tools.probe import index_packets, probe_media, probe_with_index

DIGEST = "0" * 64


def probe(path: Path) -> MediaInfo:
    return probe_media(path, DIGEST)


def test_a_plain_clip(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180))
    info = probe(clip.path)
    picture, sound = info.picture, info.sound
    assert picture is not None
    assert sound is not None
    assert (picture.codec, picture.width, picture.height) == ("h264", 320, 180)
    assert (picture.display_width, picture.display_height, picture.sample_aspect) == (320, 180, 1)
    assert (picture.fps, picture.nominal_fps, picture.variable_rate, picture.frames) == (25, 25, False, 50)
    assert (picture.start, picture.duration, info.duration, info.start) == (0, 2, 2, 0)
    assert (picture.field_order, picture.color_range, picture.hdr, picture.bit_depth) == (
        *("progressive", "limited", "none", 8),
    )
    assert (picture.color_primaries, picture.color_transfer, picture.color_space) == ("bt709", "bt709", "bt709")
    assert (picture.closed_gop, picture.longest_gop_s) == (True, pytest.approx(0.48))
    assert (sound.codec, sound.channels, sound.layout, sound.sample_rate) == ("aac", 2, "stereo", 48000)
    assert sound.duration == pytest.approx(2, abs=0.001)
    assert [(c.role, c.stream, c.channel) for c in info.sound_map] == [("FL", 1, 0), ("FR", 1, 1)]
    assert (info.faststart, info.still, info.missing_s, info.warnings) == (True, False, 0, ())
    assert info.size == clip.path.stat().st_size


def test_the_probe_knows_no_path(tmp_path: Path):
    clip = make_clip(tmp_path / "drehtag.mp4", duration=0.4)
    other = tmp_path / "别处" / "two.mov.mp4"
    other.parent.mkdir()
    shutil.copy(clip.path, other)
    assert probe(clip.path).to_json() == probe(other).to_json()
    assert "drehtag" not in probe(clip.path).to_json()


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_rotation_and_mirror_are_what_ffmpeg_shows(tmp_path: Path, rotation: int, mirrored: bool):
    import av

    clip = make_clip(tmp_path / "a.mov", rotation=rotation, mirrored=mirrored, duration=0.2, size=(160, 96))
    picture = probe(clip.path).picture
    assert picture is not None
    assert (picture.rotation, picture.mirrored) == (rotation, mirrored)
    shown = (96, 160) if rotation in (90, 270) else (160, 96)
    assert (picture.display_width, picture.display_height) == shown
    run(["-i", clip.path, "-frames:v", "1", "-pix_fmt", "gray", tmp_path / "upright.png"])
    with av.open(str(tmp_path / "upright.png")) as container:
        upright = next(container.decode(video=0)).to_ndarray(format="gray").astype(int)
    with av.open(str(clip.path)) as container:
        coded = next(container.decode(video=0)).to_ndarray(format="gray").astype(int)
    ours = np.rot90(coded[:, ::-1] if mirrored else coded, -rotation // 90)
    assert ours.shape == upright.shape
    assert np.abs(ours - upright).mean() < 3


def test_mirrored_alone(tmp_path: Path):
    picture = probe(make_clip(tmp_path / "a.mov", mirrored=True, duration=0.2).path).picture
    assert picture is not None
    assert (picture.rotation, picture.mirrored) == (0, True)


def test_anamorphic_pictures_are_shown_wide(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", size=(704, 576), sample_aspect="16/11", duration=0.2)
    picture = probe(clip.path).picture
    assert picture is not None
    assert picture.sample_aspect == Fraction(16, 11)
    assert (picture.display_width, picture.display_height) == (1024, 576)
    turned = make_clip(tmp_path / "b.mov", size=(704, 576), sample_aspect="16/11", rotation=90, duration=0.2)
    picture = probe(turned.path).picture
    assert picture is not None
    assert (picture.display_width, picture.display_height) == (576, 1024)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "50", "60000/1001"])
def test_constant_rates_in_every_time_base(tmp_path: Path, name: str, rate: str):
    clip = make_clip(tmp_path / name, fps=rate, codec="h264b", duration=4, size=(64, 64), audio=None)
    picture = probe(clip.path).picture
    assert picture is not None
    assert (picture.fps, picture.variable_rate, picture.frames) == (Fraction(rate), False, clip.frames)
    assert picture.duration == pytest.approx(clip.frames / float(Fraction(rate)), abs=0.002)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_variable_rate_is_noticed_with_its_times(tmp_path: Path, name: str):
    clip = make_clip(tmp_path / name, vfr=True)
    info, index = probe_with_index(clip.path, DIGEST)
    picture = info.picture
    assert picture is not None
    assert index is not None
    assert picture.variable_rate
    assert picture.nominal_fps == 25
    assert float(picture.fps) == pytest.approx(clip.frames / clip.duration, rel=0.03)
    assert index.frame_times - index.frame_times[0] == pytest.approx(np.array(clip.frame_times), abs=0.0011)


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *(("a.mp4", "h264"), ("a.mxf", "mpeg2"), ("a.ts", "mpeg2"), ("a.mkv", "h264"), ("b.mkv", "ffv1")),
        *(("a.mov", "prores"), ("a.mov", "mpeg2"), ("a.mkv", "mpeg2")),
    ],
)
def test_field_order(tmp_path: Path, order: str, name: str, codec: str):
    clip = make_clip(tmp_path / name, interlace=order, codec=codec, size=(720, 576), duration=1)
    picture = probe(clip.path).picture
    assert picture is not None
    assert (picture.field_order, picture.frames, picture.fps) == (order, 25, 25)


@pytest.mark.parametrize(("transfer", "hdr"), [("hlg", "hlg"), ("pq", "pq")])
def test_hdr(tmp_path: Path, transfer: str, hdr: str):
    picture = probe(make_clip(tmp_path / "a.mp4", codec="hevc", transfer=transfer, duration=0.4).path).picture
    assert picture is not None
    assert (picture.hdr, picture.bit_depth, picture.color_primaries, picture.color_space) == (
        *(hdr, 10, "bt2020", "bt2020nc"),
    )


def test_full_range_and_ten_bit_422(tmp_path: Path):
    full = probe(make_clip(tmp_path / "a.mp4", color_range="full", duration=0.2).path).picture
    deep = probe(make_clip(tmp_path / "b.mp4", bit_format="yuv422p10le", duration=0.2).path).picture
    assert full is not None
    assert deep is not None
    assert full.color_range == "full"
    assert (deep.bit_depth, deep.pixel_format, deep.color_range) == (10, "yuv422p10le", "limited")


def test_timecode_and_reel(tmp_path: Path):
    movie = make_clip(tmp_path / "a.mov", codec="prores", timecode="10:00:00:12", reel="A001C002", duration=0.4)
    tape = make_clip(tmp_path / "b.mxf", codec="mpeg2", timecode="09:59:30:00", duration=0.4)
    drop = make_clip(tmp_path / "c.mov", fps="30000/1001", timecode="01:00:00;02", duration=0.4)
    assert (probe(movie.path).timecode, probe(movie.path).reel) == ("10:00:00:12", "A001C002")
    assert (probe(tape.path).timecode, probe(tape.path).reel) == ("09:59:30:00", None)
    assert probe(drop.path).timecode == "01:00:00;02"
    assert [other.kind for other in probe(movie.path).other] == ["data"]


def test_mono_tracks_of_a_broadcast_file_make_a_pair(tmp_path: Path):
    info = probe(make_clip(tmp_path / "a.mxf", codec="mpeg2", audio=["mono"] * 8, duration=0.4).path)
    assert [stream.layout for stream in info.audio] == ["mono"] * 8
    assert [(c.role, c.stream, c.channel) for c in info.sound_map] == [("FL", 1, 0), ("FR", 2, 0)]


def test_several_tracks_and_surround(tmp_path: Path):
    info = probe(make_clip(tmp_path / "a.mov", audio=["stereo", "5.1"], duration=0.4).path)
    assert [(stream.index, stream.channels) for stream in info.audio] == [(1, 2), (2, 6)]
    assert {c.stream for c in info.sound_map} == {info.sound.index if info.sound else None}
    roles = [c.role for c in info.sound_map]
    assert roles[:4] == (["FL", "FR"] if len(roles) == 2 else ["FL", "FR", "FC", "LFE"])


def test_picture_without_sound_and_sound_without_picture(tmp_path: Path):
    silent = probe(make_clip(tmp_path / "a.mp4", audio=None, duration=0.4).path)
    assert (silent.sound, silent.sound_map) == (None, ())
    for name in ("b.wav", "b.mp3", "b.m4a", "b.flac", "b.ogg"):
        tone = make_tone(tmp_path / name, duration=3)
        info, index = probe_with_index(tone.path, DIGEST)
        assert (info.picture, index) == (None, None)
        assert info.duration == pytest.approx(3, abs=0.06), name
        assert info.missing_s == 0
        assert info.sound is not None
        assert info.sound.layout == "stereo", name


def test_a_late_picture_keeps_its_place(tmp_path: Path):
    info = probe(make_clip(tmp_path / "a.mp4", video_start=0.4, duration=1).path)
    assert info.picture is not None
    assert (info.picture.start, info.start) == (0.4, 0)
    assert info.duration == pytest.approx(1.4)


@pytest.mark.parametrize("codec", ["h264", "h264b"])
def test_frames_that_an_edit_list_hides_are_not_counted(tmp_path: Path, codec: str):
    clip = make_clip(tmp_path / "a.mp4", edit_list_s=0.2, codec=codec)
    info, index = probe_with_index(clip.path, DIGEST)
    assert info.picture is not None
    assert index is not None
    assert (info.picture.frames, index.frames, len(index)) == (45, 45, 50)
    assert info.picture.first_frame_hidden_s == pytest.approx(0.2)
    assert info.picture.start == pytest.approx(0, abs=0.001)
    assert info.duration == pytest.approx(1.8, abs=0.02)


def test_the_index_names_the_frames_that_decoding_gives(tmp_path: Path):
    import av

    for name, codec in (("a.mp4", "h264b"), ("b.mp4", "h264open"), ("c.mp4", "hevcopen"), ("d.ts", "h264b"),
                        ("e.mxf", "mpeg2"), ("f.mkv", "hevcopen"), ("g.mov", "prores"), ("h.webm", "vp9")):  # fmt: skip
        clip = make_clip(tmp_path / name, codec=codec, gop=10)
        index = index_packets(clip.path, 0)
        with av.open(str(clip.path)) as container:
            times = [frame.pts for frame in container.decode(video=0)]
        assert index.frame_pts.tolist() == times, name
        assert index.frames == clip.frames, name
        if codec != "mpeg2":  # that encoder moves its key frames to fit the B-frames
            assert len(index.key_pts) == (50 if codec == "prores" else 5), name


@pytest.mark.parametrize(
    ("name", "codec"), [("a.ts", "h264open"), ("b.ts", "hevcopen"), ("c.ts", "mpeg2"), ("d.mxf", "mpeg2")]
)
def test_a_recording_cut_in_its_middle_counts_what_decodes(tmp_path: Path, name: str, codec: str):
    import av

    clip = make_clip(tmp_path / f"whole-{name}", codec=codec, gop=10, duration=3, audio=None)
    run(["-ss", "1", "-i", clip.path, "-c", "copy", tmp_path / name])
    info, index = probe_with_index(tmp_path / name, DIGEST)
    with av.open(str(tmp_path / name)) as container:
        times = [frame.pts for frame in container.decode(video=0)]
    assert index is not None
    assert info.picture is not None
    assert index.frame_pts.tolist() == times
    assert len(index) > info.picture.frames == len(times)


@pytest.mark.parametrize(
    ("name", "codec", "closed"),
    [
        ("a.mp4", "h264b", True),
        ("b.mp4", "h264open", False),
        ("c.ts", "h264open", False),
        ("d.ts", "h264b", True),
        ("e.mp4", "hevc", True),
        ("f.mkv", "hevcopen", False),
        ("g.mxf", "mpeg2", False),
        ("h.mov", "prores", True),
        ("i.webm", "vp9", True),
    ],
)
def test_open_and_closed_groups(tmp_path: Path, name: str, codec: str, closed: bool):
    clip = make_clip(tmp_path / name, codec=codec, gop=10, audio=None)
    info, index = probe_with_index(clip.path, DIGEST)
    assert info.picture is not None
    assert index is not None
    assert info.picture.closed_gop is closed
    assert bool(index.idr[0])
    assert bool(index.idr[index.key].all()) is closed
    assert not index.idr[~index.key].any()


def test_packet_hashes_follow_the_content(tmp_path: Path):
    first = index_packets(make_clip(tmp_path / "a.mp4", gop=10, audio=None).path, 0)
    again = index_packets(make_clip(tmp_path / "b.mp4", gop=10, audio="stereo").path, 0)
    other = index_packets(make_clip(tmp_path / "c.mp4", gop=10, audio=None, cuts=(1.2,)).path, 0)
    assert np.array_equal(first.hash, again.hash)
    same = first.hash == other.hash
    assert same[:30].all()
    assert not same[30:].any()


def test_index_last_when_it_is_not_for_streaming(tmp_path: Path):
    assert probe(make_clip(tmp_path / "a.mp4", duration=0.2, faststart=False).path).faststart is False
    assert probe(make_clip(tmp_path / "a.mkv", duration=0.2).path).faststart is None


def test_cover_art_is_no_programme_picture(tmp_path: Path):
    tone = make_tone(tmp_path / "a.m4a", duration=1)
    run(["-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", tmp_path / "c.png"])
    run(["-i", tone.path, "-i", tmp_path / "c.png", "-map", "0", "-map", "1", "-c", "copy",
         "-disposition:v:0", "attached_pic", tmp_path / "b.m4a"])  # fmt: skip
    info = probe(tmp_path / "b.m4a")
    assert info.picture is None
    assert [(other.kind, other.codec) for other in info.other] == [("picture", "png")]


def test_creation_date(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=0.2, metadata={"creation_time": "2026-03-04T05:06:07Z"})
    assert (probe(clip.path).created or "").startswith("2026-03-04T05:06:07")


def cut(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.wav", "a.mov"])
def test_a_file_cut_short_is_noticed(tmp_path: Path, name: str):
    clip = make_clip(tmp_path / name, duration=4, codec=None if name == "a.wav" else "h264")
    whole = probe(clip.path)
    assert whole.missing_s == 0
    info = probe(cut(clip.path, 0.6))
    assert info.missing_s > 1
    assert info.duration + info.missing_s == pytest.approx(whole.duration, abs=0.15)
    assert any("cut short" in warning for warning in info.warnings)


@pytest.mark.parametrize("name", ["a.ts", "a.mp3", "a.flac", "a.mpg", "a.avi"])
def test_streams_that_stop_anywhere_give_what_is_there(tmp_path: Path, name: str):
    sound = name in ("a.mp3", "a.flac")
    codec = {"a.mpg": "mpeg2", "a.avi": "mpeg4"}.get(name, "h264b")
    clip = make_clip(tmp_path / name, duration=4, codec=None if sound else codec)
    info = probe(cut(clip.path, 0.6))
    assert 1 < info.duration < 4 or info.missing_s > 0


def test_a_copy_with_holes_is_noticed(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=4, gop=10, background="noise")
    data = bytearray(clip.path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60_000] = bytes(60_000)
    clip.path.write_bytes(bytes(data))
    info = probe(clip.path)
    assert any("without content" in warning for warning in info.warnings)


def test_an_empty_stream_beside_a_good_one_is_told(tmp_path: Path):
    import av

    clip = make_clip(tmp_path / "a.mp4", duration=1, audio=None)
    with av.open(str(clip.path)) as source, av.open(str(tmp_path / "b.mkv"), "w") as target:
        copied = target.add_stream_from_template(source.streams.video[0])
        target.add_stream("aac", rate=48000)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)
    info = probe(tmp_path / "b.mkv")
    assert info.picture is not None
    assert info.sound is None
    assert any("is empty" in warning for warning in info.warnings)


def test_no_such_picture_stream(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=0.2)
    with pytest.raises(InputError, match="no picture stream 1"):
        index_packets(clip.path, 1)


def test_an_hour_is_probed_whole(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=60, size=(64, 64), codec="h264", gop=50, audio=None)
    listing = tmp_path / "list.txt"
    listing.write_text(f"file '{clip.path}'\n" * 60)
    run(["-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", tmp_path / "hour.mp4"])
    info, index = probe_with_index(tmp_path / "hour.mp4", DIGEST)
    assert index is not None
    assert info.picture is not None
    assert (index.frames, info.picture.frames, info.picture.variable_rate) == (90_000, 90_000, False)
    index.save(tmp_path / "packets.npz")
    assert (tmp_path / "packets.npz").stat().st_size < 4_000_000


def test_counters_survive_a_probe(tmp_path: Path):
    clip = make_clip(tmp_path / "-i 'a:b\" 人 😀.mp4", duration=0.4)
    assert probe(clip.path).picture is not None
    assert read_counters(clip.path) == list(clip.counters)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mxf", "a.avi", "a.mp3", "a.wav", "a.flac"])
def test_damage_anywhere_ends_in_an_answer(tmp_path: Path, name: str):
    """Whatever bytes are changed or lost: a probe with warnings or an `InputError`, nothing else, and soon."""
    import random
    import time

    codec = {"a.mxf": "mpeg2", "a.avi": "mpeg4"}.get(name, "h264b" if name[2:] in ("mp4", "mkv", "ts") else None)
    whole = make_clip(tmp_path / name, duration=1, codec=codec).path.read_bytes()
    dice = random.Random(name)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 4, 60))):
            start = dice.randrange(len(data)) if dice.random() < 0.5 else dice.randrange(min(len(data), 2000))
            length = dice.choice((1, 4, 200))
            data[start : start + length] = dice.randbytes(dice.choice((0, length)))
        (tmp_path / name).write_bytes(bytes(data[: dice.choice((len(data), dice.randrange(40, len(data) + 1)))]))
        started = time.monotonic()
        try:
            info = probe(tmp_path / name)
        except InputError:
            continue
        finally:
            assert time.monotonic() - started < 20
        assert info.duration >= 0
        assert MediaInfo.model_validate_json(info.to_json()) == info
