"""Opening untrusted media: local files and media formats only, for ffmpeg and for PyAV.

A playlist, an ffconcat script or an SDP file that is named ``.mp4`` could make a library open other files or the
network. The protocol list alone lets a relative ffconcat through, so the list of demuxers is closed as well.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

_HEAD_BYTES = 4096
_SCRIPTS = (
    (b"ffconcat version", "is a list of other files (ffconcat), not media", "give the media files themselves"),
    (b"#EXTM3U", "is a playlist, not media", "give the media file itself, not a playlist"),
    (b"v=0", "is a network session description (SDP), not media", "give a local media file"),
    (b"<MPD", "is a DASH manifest, not media", "give the media file itself, not a manifest"),
    (b"<?xml", "is an XML document, not media", "give the media file itself"),
    (b"[playlist]", "is a playlist, not media", "give the media file itself, not a playlist"),
    (b"<!DOCTYPE html", "is a web page, not media", "the download may have failed; fetch the file again"),
    (b"<html", "is a web page, not media", "the download may have failed; fetch the file again"),
    (b"%PDF", "is a PDF document, not media", None),
    (b"PK\x03\x04", "is a ZIP archive or office document, not media", "unpack it first"),
)


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


def refuse_script(path: Path) -> None:
    """Refuse a playlist, a list of files, a web page or a document, whatever its name says.

    Only the first bytes are read; nothing that they name is opened.

    Raises:
        InputError: it is one.
    """
    start = _read_head(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, message, hint in _SCRIPTS:
        if start[: len(mark)].lower() == mark.lower():
            raise InputError(message, where=path, hint=hint)


def refuse_text(path: Path) -> None:
    """Refuse a file that begins with plain text (only asked where nothing could be decoded: some media begin so).

    Raises:
        InputError: it does.
    """
    if _is_text(_read_head(path)):
        raise InputError("is a text file, not media", where=path, hint="give a video or sound file")


def _read_head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def _is_text(head: bytes) -> bool:
    if any(byte < 9 or 13 < byte < 27 for byte in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head.decode(encoding)
            return True
        except UnicodeDecodeError as exc:
            if exc.start >= len(head) - 4:  # a character cut in two by the end of the head
                return True
    return False


def _explain_failure(path: Path) -> tuple[str, str]:
    from mediakit.tools.boxes import read_boxes

    boxes = read_boxes(path)
    if boxes is not None and not boxes.has_index:
        return (
            "is cut short or was never finished: its index (moov) is missing",
            "copy the file again; a recording that broke off needs the camera's repair function",
        )
    return "is not a media file that can be opened", "check that the file is complete and is video or sound"


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
def open_media(path: Path, *, probed: bool = True) -> Iterator[InputContainer]:
    """Open a media file with PyAV under the same limits.

    Args:
        path: the file.
        probed: False leaves out decoding the first pictures, most of the work of opening: pixel format and by how much
            frames are reordered are not known then.

    Raises:
        InputError: missing, not media, or of a format that is not allowed.
    """
    import av

    check_file(path)
    refuse_script(path)
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
    if not probed:
        options["skip_frame"] = "all"
    try:
        container = av.open(f"file:{path}", mode="r", options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as exc:
        refuse_text(path)
        message, hint = _explain_failure(path)
        raise InputError(message, where=path, hint=hint) from exc
    try:
        yield container
    finally:
        container.close()


def demux_on(container: InputContainer, streams: Any, most: int) -> Iterator[Any]:
    """Yield packets of a stream or of several, over places that cannot be read, up to ``most`` of those.

    Args:
        container: an open file, where it stands.
        streams: as PyAV's ``demux`` takes them.
        most: failures after which the file counts as ended.
    """
    import av

    failures = 0
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, ValueError) as exc:
            failures += 1
            if isinstance(exc, av.EOFError) or failures > most:
                return
            packets = container.demux(streams)
        else:
            yield packet
