from __future__ import annotations

import os
from pathlib import Path

import pytest

from mediakit.errors import InputError
from mediakit.tools.opening import FORMATS, ffmpeg_input, open_media, refuse_script, refuse_text

SCRIPTS = {
    "ffconcat version 1.0\nfile 'b.mp4'\n": "ffconcat",
    "\ufeffffconcat version 1.0\n": "ffconcat",
    "#EXTM3U\n#EXTINF:1,\nb.mp4\n": "playlist",
    "\n\n  #extm3u\n": "playlist",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\n": "SDP",
    '<MPD xmlns="urn:mpeg:dash">': "DASH",
    "<?xml version='1.0'?><MPD/>": "XML",
    "<!doctype HTML><html>": "web page",
    "%PDF-1.7": "PDF",
}


@pytest.mark.parametrize(("text", "said"), SCRIPTS.items())
def test_scripts_are_called_what_they_are(tmp_path: Path, text: str, said: str):
    path = tmp_path / "film.mp4"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        refuse_script(path)
    assert caught.value.hint or said in ("PDF",)
    with pytest.raises(InputError, match=said), open_media(path):
        pass


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_text_is_recognised_in_chinese_encodings(tmp_path: Path, encoding: str):
    path = tmp_path / "稿子.mp4"
    path.write_bytes(("工人师傅的一天，" * 700).encode(encoding))
    with pytest.raises(InputError, match="text file"):
        refuse_text(path)


def test_bytes_are_not_text(tmp_path: Path):
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(range(256)) * 20)
    refuse_text(path)
    refuse_script(path)


def test_missing_folder_empty_and_special_files(tmp_path: Path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    for name, said in {
        "none.mp4": "no such file",
        "empty.mp4": "empty",
        "folder.mp4": "folder",
        "pipe.mp4": "not a regular file",
    }.items():
        with pytest.raises(InputError, match=said) as caught, open_media(tmp_path / name):
            pass
        assert caught.value.exit_code == 3
        assert str(tmp_path / name) in str(caught.value)


def test_the_list_of_formats_names_no_format_that_opens_others():
    closed = set(FORMATS.split(","))
    openers = (
        "hls applehttp concat dash image2 image2pipe sdp rtsp rtp lavfi tedcaptions imf vobsub webm_dash_manifest "
        "bluray dvdvideo alsa x11grab fbdev libcdio"
    )
    assert not closed & set(openers.split())


def test_ffmpeg_is_given_both_lists_and_a_plain_name(tmp_path: Path):
    words = ffmpeg_input(tmp_path / "-i a:b.mp4", "-ss", "1")
    assert words[-2] == "-i"
    assert words[-1].startswith("file:/")
    assert words.index("-protocol_whitelist") < words.index("-i")
    assert words.index("-format_whitelist") < words.index("-i")
    assert "http" not in words[words.index("-protocol_whitelist") + 1]
