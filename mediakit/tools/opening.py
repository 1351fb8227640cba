"""Opening untrusted media: local files and media formats only, for ffmpeg and for PyAV.

A playlist, an ffconcat script or an SDP file that is named ``.mp4`` could make a library open other files or the
network. The protocol list alone lets a relative ffconcat through, so the list of demuxers is closed as well.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,mxf,flv,asf,ogg,wav,w64,rf64,aiff,caf,flac,"
    "mp3,aac,ac3,eac3,dts,amr,au,h264,hevc,dv,gxf,y4m,yuv4mpegpipe,ivf,obu,nut,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,gif"
)
"""Demuxers that read one self-contained file (names as in ``ffmpeg -demuxers``)."""

PROTOCOLS = "file,pipe"

_HINTS = {
    ".m3u8": "give the media file itself, not a playlist",
    ".ffconcat": "give the media file itself, not a list",
}


def check_file(path: Path) -> None:
    """Refuse what is not a readable, non-empty regular file.

    Raises:
        InputError: missing, a folder, not regular, empty or unreadable.
    """
    try:
        status = path.stat()
    except FileNotFoundError as exc:
        raise InputError("no such file", where=path, hint="check the path") from exc
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
    if path.is_dir():
        raise InputError("is a folder, not a file", where=path, hint="name a file inside it")
    if not path.is_file():
        raise InputError("is not a regular file", where=path)
    if status.st_size == 0:
        raise InputError("is an empty file", where=path)
    try:
        with path.open("rb"):
            pass
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc


def ffmpeg_input(path: Path, *options: str) -> list[str]:
    """Return ffmpeg's arguments for one input file, limited to local files and media formats.

    The ``file:`` prefix keeps names with a colon or a leading dash from being read as anything else.
    """
    return [
        *("-protocol_whitelist", PROTOCOLS),
        *("-format_whitelist", FORMATS),
        *options,
        *("-i", f"file:{path}"),
    ]


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a media file with PyAV under the same limits.

    Raises:
        InputError: missing, not media, or of a format that is not allowed.
    """
    import av

    check_file(path)
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
    try:
        container = av.open(f"file:{path}", mode="r", options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as exc:
        raise InputError(
            "is not a media file that can be opened",
            where=path,
            hint=_HINTS.get(path.suffix.lower(), "check that the file is complete and is video or sound"),
        ) from exc
    try:
        yield container
    finally:
        container.close()
