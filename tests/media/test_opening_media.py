"""What is opened when a file only claims to be media: that file, and no other. The kernel says which were opened."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from media_factory import BROKEN, make_broken, make_clip, make_tone

from mediakit.errors import InputError
from mediakit.tools.ffmpeg import find_ffmpeg
from mediakit.tools.opening import ffmpeg_input, open_media
from mediakit.tools.probe import probe_media

_IN_OPEN = 0x20
_IN_NONBLOCK = 0o4000


@contextmanager
def watch_opens(path: Path) -> Iterator[list[str]]:
    """Collect ``opened`` for every time that any process opens a file, as inotify tells it."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(_IN_NONBLOCK)
    assert handle >= 0
    assert libc.inotify_add_watch(handle, os.fsencode(path), _IN_OPEN) >= 0
    seen: list[str] = []
    try:
        yield seen
    finally:
        try:
            data = os.read(handle, 65536)
            seen += ["opened"] * (len(data) // struct.calcsize("iIII"))
        except BlockingIOError:
            pass
        os.close(handle)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "target.mp4", duration=0.4).path


def scripts(folder: Path, target: Path) -> dict[str, Path]:
    """Write scripts that name the target in every way; the names claim that they are films."""
    texts = {
        "concat-absolute.mp4": f"ffconcat version 1.0\nfile '{target}'\n",
        "concat-relative.mp4": f"ffconcat version 1.0\nfile {target.name}\n",
        "concat-bare.mp4": f"file '{target}'\nfile '{target}'\n",
        "concat-url.mp4": f"ffconcat version 1.0\nfile 'file:{target}'\n",
        "hls-absolute.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nfile://{target}\n#EXT-X-ENDLIST\n",
        "hls-relative.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{target.name}\n#EXT-X-ENDLIST\n",
        "hls-spaced.mp4": f"\n#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        "dash.mp4": f'<?xml version="1.0"?><MPD><Period><AdaptationSet><Representation><BaseURL>{target}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>",
        "imf.mp4": f'<?xml version="1.0"?><CompositionPlaylist xmlns="x">{target}</CompositionPlaylist>',
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{target.name}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile {target.name}\n",
    }
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / name
        paths[name].write_text(text, encoding="utf-8")
    return paths


def test_the_watch_sees_what_an_open_door_lets_through(tmp_path: Path, target: Path):
    """Without the lists ffmpeg does open the other file: else the tests below would prove nothing."""
    path = scripts(tmp_path, target)["concat-relative.mp4"]
    with watch_opens(target) as seen:
        subprocess.run([find_ffmpeg(), "-v", "error", "-i", path, "-f", "null", "-"], check=True, capture_output=True)
    assert seen


def test_pyav_opens_no_other_file(tmp_path: Path, target: Path):
    for name, path in scripts(tmp_path, target).items():
        with watch_opens(target) as seen, pytest.raises(InputError):
            probe_media(path, "0" * 64)
        assert not seen, name


def test_pyav_opens_no_other_file_even_without_the_look_at_the_head(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mediakit.tools.opening.refuse_script", lambda path: None)
    for name, path in scripts(tmp_path, target).items():
        with watch_opens(target) as seen, pytest.raises(InputError), open_media(path):
            pass
        assert not seen, name


def test_ffmpeg_opens_no_other_file(tmp_path: Path, target: Path):
    for name, path in scripts(tmp_path, target).items():
        with watch_opens(target) as seen:
            done = subprocess.run(
                [find_ffmpeg(), "-v", "error", *ffmpeg_input(path), "-f", "null", "-"],
                capture_output=True,
                check=False,
            )
        assert done.returncode != 0, name
        assert not seen, name


def rebuild(data: bytes, path: tuple[bytes, ...], content: bytes) -> bytes:
    """Return boxes with the content of those on a path replaced, and the sizes around it mended."""
    out, position = b"", 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + size]
        if kind == path[0]:
            body = content if len(path) == 1 else rebuild(body, path[1:], content)
        out += struct.pack(">I4s", len(body) + 8, kind) + body
        position += size
    return out


def alias_to(target: Path) -> bytes:
    """Return the content of a ``dref`` box whose only entry is an alias record that names a file."""
    name, full = target.name.encode(), str(target).encode()
    record = b"\0" * 10 + bytes([3]) + b"vol".ljust(27, b"\0") + b"\0" * 12
    record += bytes([len(name)]) + name.ljust(63, b"\0") + b"\0" * 16 + struct.pack(">HH", 1, 1) + b"\0" * 16
    for kind, value in ((2, b"vol:" + name), (18, full)):
        record += struct.pack(">HH", kind, len(value)) + value + b"\0" * (len(value) % 2)
    record += struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I4sI", len(record) + 12, b"alis", 0) + record
    return struct.pack(">II", 0, 1) + entry


def test_a_movie_whose_data_lies_elsewhere_opens_nothing(tmp_path: Path, target: Path):
    clip = make_clip(tmp_path / "a.mov", duration=0.4, audio=None, faststart=False).path
    path = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")
    clip.write_bytes(rebuild(clip.read_bytes(), path, alias_to(target)))
    drefs = ["-enable_drefs", "1", "-use_absolute_path", "1"]
    with watch_opens(target) as seen:
        subprocess.run(
            [find_ffmpeg(), "-v", "error", *drefs, "-i", clip, "-f", "null", "-"], capture_output=True, check=False
        )
    assert seen, "the reference is made so that it would be followed"
    with watch_opens(target) as seen, suppress(InputError):
        probe_media(clip, "0" * 64)
    assert not seen
    with watch_opens(target) as seen:
        subprocess.run(
            [find_ffmpeg(), "-v", "error", *ffmpeg_input(clip), "-f", "null", "-"], capture_output=True, check=False
        )
    assert not seen


def test_strange_names_are_only_names(tmp_path: Path):
    source = make_clip(tmp_path / "a.mp4", duration=0.2).path.read_bytes()
    for name in ("-i.mp4", "a b.mp4", "it's \"quoted\".mp4", "12:30:00.mp4", "http:..x.mp4", "人物 😀.mp4", "%03d.mp4",
                 "pipe:0", "concat:a.mp4|a.mp4", "a\\b.mp4", "[in]=;,.mp4"):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(source)
        assert probe_media(path, "0" * 64).picture is not None, name
        done = subprocess.run(
            [find_ffmpeg(), "-v", "error", *ffmpeg_input(path), "-f", "null", "-"], capture_output=True, check=False
        )
        assert done.returncode == 0, (name, done.stderr)


EXPECTED = {
    "missing": "no such file",
    "folder": "folder",
    "empty": "empty file",
    "text": "text file",
    "html": "web page",
    "truncated_head": "cannot be opened|can be opened|moov",
    "no_index": "moov",
    "zero_duration": "no picture and no sound",
    "ffconcat": "list of other files",
    "playlist": "playlist",
    "sdp": "SDP",
    "random": "not a media file|no picture and no sound",
}


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if kind in EXPECTED])
def test_every_broken_file_is_called_what_it_is(tmp_path: Path, target: Path, kind: str):
    folder = tmp_path / "in"
    folder.mkdir()
    broken = make_broken(folder, kind, points_at=target)
    with watch_opens(target) as seen, pytest.raises(InputError, match=EXPECTED[kind]) as caught:
        probe_media(broken.path, "0" * 64)
    assert not seen
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_pictures_are_opened_as_stills(tmp_path: Path):
    for kind in ("picture_png", "picture_jpg"):
        folder = tmp_path / kind
        folder.mkdir()
        info = probe_media(make_broken(folder, kind).path, "0" * 64)
        assert info.still
        assert info.picture is not None
        assert (info.picture.width, info.picture.height, info.picture.frames) == (160, 90, 1)


def test_a_film_of_one_frame_is_no_still(tmp_path: Path):
    assert not probe_media(make_clip(tmp_path / "a.mp4", duration=0.04).path, "0" * 64).still
    assert not probe_media(make_tone(tmp_path / "a.wav").path, "0" * 64).still
