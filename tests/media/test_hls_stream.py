"""The adaptive stream: what the playlists say against what the files hold."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from media_factory import make_clip, read_counters

from mediakit.errors import InputError, ToolError, UsageError
from mediakit.media.cues import Cue
from mediakit.media.digests import digest_file
from mediakit.media.playlist import list_programme, read_playlist
from mediakit.render.hls import RungFile, make_hls

NO_EDITS = ("-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0")
CUES = (
    Cue(start=1.0, end=2.5, lines=("第一句 <b> & ",)),
    Cue(start=5.5, end=6.5, lines=("跨过边界", "两行")),
    Cue(start=13.0, end=13.9, lines=("最后一句",)),
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("rungs")
    options = {"duration": 14, "gop": 50, "codec": "h264b", "audio": None, "extra": NO_EDITS}
    make_clip(folder / "large.mp4", size=(320, 180), **options)  # type: ignore[arg-type]
    make_clip(folder / "small.mp4", size=(160, 90), **options)  # type: ignore[arg-type]
    make_clip(folder / "odd.mp4", size=(160, 90), **{**options, "gop": 30})  # type: ignore[arg-type]
    make_clip(folder / "sound.m4a", duration=14, codec=None)
    make_clip(folder / "sound.wav", duration=2, codec=None)
    return {path.name: path for path in folder.iterdir()}


def build(
    parts: dict[str, Path],
    folder: Path,
    *,
    rungs: tuple[str, ...] = ("large", "small"),
    sound: str | None = "sound.m4a",
) -> list[Path]:
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    made = make_hls(
        [RungFile(name, parts[f"{name}.mp4"]) for name in rungs],
        parts[sound] if sound else None,
        folder / "out",
        segment_seconds=6,
        fps=Fraction(25),
        scratch=scratch,
        cues=CUES,
        language="zh",
    )
    return [file.path for file in made]


def test_every_file_is_named_by_a_playlist_and_the_other_way_round(parts: dict[str, Path], tmp_path: Path) -> None:
    made = build(parts, tmp_path)
    assert made[0].name == "master.m3u8"
    assert set(list_programme(made[0])) == set(made)
    assert set(made) == {path for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_segments_are_six_seconds_on_the_same_frames_for_every_rung(parts: dict[str, Path], tmp_path: Path) -> None:
    folder = build(parts, tmp_path)[0].parent
    lengths = {}
    for name in ("large", "small", "subtitles-zh"):
        playlist = read_playlist(folder / name / "stream.m3u8")
        lengths[name] = [segment.seconds for segment in playlist.segments]
        assert playlist.target_seconds == 6
        assert playlist.ended
    assert lengths["large"] == lengths["small"] == lengths["subtitles-zh"] == [6.0, 6.0, 2.0]
    audio = read_playlist(folder / "audio" / "stream.m3u8")
    assert audio.seconds == pytest.approx(14, abs=0.03)
    for segment in audio.segments[:-1]:
        assert segment.seconds == pytest.approx(6, abs=0.6)


def test_each_segment_plays_alone_after_its_head(parts: dict[str, Path], tmp_path: Path) -> None:
    folder = build(parts, tmp_path)[0].parent
    seen: list[int] = []
    for rung in ("large", "small"):
        seen = []
        for number in range(3):
            alone = tmp_path / f"{rung}{number}.mp4"
            head = (folder / rung / "init.mp4").read_bytes()
            alone.write_bytes(head + (folder / rung / f"{number:05d}.m4s").read_bytes())
            seen += read_counters(alone)
        assert seen == list(range(350))


def test_picture_and_sound_start_at_zero(parts: dict[str, Path], tmp_path: Path) -> None:
    import av

    master = build(parts, tmp_path)[0]
    for name in ("large", "small", "audio"):
        first = (master.parent / name / "00000.m4s").read_bytes()
        place = first.index(b"tfdt")
        assert int.from_bytes(first[place + 8 : place + 16], "big") == 0
    with av.open(str(master)) as container:
        streams = [*container.streams.video, *container.streams.audio]
        starts = {}
        for packet in container.demux(streams):
            if packet.pts is not None and packet.size:
                starts.setdefault(packet.stream.index, float(packet.pts * packet.time_base))
            if len(starts) == len(streams):
                break
    assert set(starts.values()) == {0.0}


def test_flashes_and_beeps_of_a_stream_fall_together(tmp_path: Path) -> None:
    import av
    import numpy as np

    beeps = (1.0, 6.0, 9.0)
    picture = make_clip(tmp_path / "p.mp4", duration=11, gop=50, codec="h264b", audio=None, beeps=beeps, extra=NO_EDITS)
    sound = make_clip(tmp_path / "s.m4a", duration=11, codec=None, beeps=beeps)
    parts = {"p.mp4": picture.path, "s.m4a": sound.path}
    master = build(parts, tmp_path, rungs=("p",), sound="s.m4a")[0]
    flashes, heard = [], []
    with av.open(str(master)) as container:
        for frame in container.decode(video=0):
            if frame.to_ndarray(format="gray")[20:].mean() > 225:
                flashes.append(frame.time)
    with av.open(str(master)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()).max(axis=0) > 0.05)
            heard += [frame.time + place / frame.sample_rate for place in loud[:1]]
    first_flash = [time for time in flashes if not any(time - 0.3 < other < time for other in flashes)]
    first_beep = [time for time in heard if not any(time - 0.3 < other < time for other in heard)]
    assert first_flash == pytest.approx(list(beeps), abs=0.001)
    assert first_beep == pytest.approx(list(beeps), abs=0.012)


def test_the_master_tells_rates_that_the_segments_keep(parts: dict[str, Path], tmp_path: Path) -> None:
    master = build(parts, tmp_path)[0]
    text = master.read_text(encoding="utf-8")
    sizes = {}
    for name in ("large", "small", "audio"):
        playlist = read_playlist(master.parent / name / "stream.m3u8")
        sizes[name] = [
            (master.parent / name / segment.uri).stat().st_size * 8 / segment.seconds
            for segment in playlist.segments
            if segment.seconds >= 3
        ]
    streams = re.findall(
        r"BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),CODECS=\"([^\"]+)\",RESOLUTION=(\S+?),FRAME-RATE=(\S+?),", text
    )
    assert [stream[3] for stream in streams] == ["320x180", "160x90"]
    for (peak, average, codecs, _, rate), name in zip(streams, ("large", "small"), strict=True):
        assert int(peak) >= max(sizes[name]) + max(sizes["audio"]) - 2
        assert int(peak) >= int(average) > 0
        assert re.fullmatch(r"avc1\.[0-9a-f]{6},mp4a\.40\.2", codecs)
        assert rate == "25.000"
    assert 'TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="中文",LANGUAGE="zh"' in text
    assert text.count('AUDIO="audio",SUBTITLES="subtitles"') == 2


def test_subtitles_stand_in_every_segment_that_they_touch(parts: dict[str, Path], tmp_path: Path) -> None:
    folder = build(parts, tmp_path)[0].parent / "subtitles-zh"
    texts = [(folder / f"{number:05d}.vtt").read_text(encoding="utf-8") for number in range(3)]
    assert all(text.startswith("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n") for text in texts)
    assert "00:00:01.000 --> 00:00:02.500\n第一句 &lt;b&gt; &amp;" in texts[0]
    assert "00:00:05.500 --> 00:00:06.500\n跨过边界\n两行" in texts[0]
    assert "00:00:05.500 --> 00:00:06.500" in texts[1]
    assert "最后一句" in texts[2]
    assert "第一句" not in texts[1]


def test_it_plays_through_from_the_master(parts: dict[str, Path], tmp_path: Path) -> None:
    import av

    master = build(parts, tmp_path)[0]
    with av.open(str(master)) as container:
        pictures = [stream for stream in container.streams.video]
        assert {(stream.width, stream.height) for stream in pictures} == {(320, 180), (160, 90)}
        assert len(container.streams.audio) >= 1
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == 350


def test_the_same_input_gives_the_same_bytes(parts: dict[str, Path], tmp_path: Path) -> None:
    one, two = build(parts, tmp_path / "1"), build(parts, tmp_path / "2")
    assert [digest_file(path) for path in one] == [digest_file(path) for path in two]


def test_rungs_cut_elsewhere_and_wrong_files_are_refused(parts: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="key frames of odd are not where those of large are"):
        build(parts, tmp_path / "odd", rungs=("large", "odd"))
    with pytest.raises(InputError, match="no AAC"):
        build(parts, tmp_path / "wav", sound="sound.wav")
    with pytest.raises(UsageError, match="at least one rung"):
        build(parts, tmp_path / "none", rungs=())


def test_a_silent_stream_has_no_sound_group(parts: dict[str, Path], tmp_path: Path) -> None:
    text = build(parts, tmp_path, sound=None)[0].read_text(encoding="utf-8")
    assert "TYPE=AUDIO" not in text
    assert "mp4a" not in text
