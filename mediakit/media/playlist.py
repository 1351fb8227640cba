"""HLS playlists (RFC 8216) that lie on disk, and the digest of a programme that is one file or a playlist's many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mediakit.errors import InputError
from mediakit.media.digests import digest_file, digest_files

_MAX_BYTES = 16 << 20
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


@dataclass(frozen=True)
class Variant:
    """One entry of a master playlist; ``kind`` is ``VIDEO`` for variant streams, else the media type."""

    uri: str
    kind: str
    bandwidth: int | None = None
    group: str | None = None


@dataclass(frozen=True)
class Segment:
    """One segment of a media playlist: its name and its length in seconds."""

    uri: str
    seconds: float


@dataclass(frozen=True)
class Playlist:
    """A parsed playlist: a master has ``variants``, a media playlist has ``segments``; URIs are relative names."""

    path: Path
    variants: tuple[Variant, ...] = ()
    segments: tuple[Segment, ...] = ()
    init: str | None = None
    target_seconds: float | None = None
    ended: bool = False

    @property
    def seconds(self) -> float:
        """The segments' summed length."""
        return sum(segment.seconds for segment in self.segments)

    def locate(self, uri: str) -> Path:
        """Return the file that an URI of this playlist names.

        Raises:
            InputError: the URI leads out of the playlist's folder or to another host.
        """
        parts = PurePosixPath(uri)
        if not uri or ":" in uri or "\\" in uri or parts.is_absolute() or ".." in parts.parts:
            raise InputError(f"names {uri!r}, which is not a file below the playlist", where=self.path)
        return self.path.parent / Path(*parts.parts)


def read_playlist(path: Path) -> Playlist:
    """Parse a master or media playlist.

    Raises:
        InputError: missing, too large, or not a playlist.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError("is too large for a playlist", where=path)
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
    except UnicodeDecodeError as exc:
        raise InputError("is not an HLS playlist", where=path) from exc
    if not lines or lines[0] != "#EXTM3U":
        raise InputError("is not an HLS playlist", where=path)
    try:
        return _parse_lines(path, lines[1:])
    except ValueError as exc:
        raise InputError(f"is a damaged playlist ({exc})", where=path) from exc


def _parse_lines(path: Path, lines: list[str]) -> Playlist:
    variants: list[Variant] = []
    segments: list[Segment] = []
    init: str | None = None
    target: float | None = None
    pending: dict[str, str] | None = None
    seconds: float | None = None
    for line in lines:
        tag, _, rest = line.partition(":")
        if tag == "#EXT-X-STREAM-INF":
            pending = _attributes(rest)
        elif tag == "#EXT-X-MEDIA":
            found = _attributes(rest)
            if "URI" in found:
                variants.append(Variant(found["URI"], found.get("TYPE", ""), group=found.get("GROUP-ID")))
        elif tag == "#EXTINF":
            seconds = float(rest.split(",")[0])
        elif tag == "#EXT-X-MAP":
            init = _attributes(rest).get("URI")
        elif tag == "#EXT-X-TARGETDURATION":
            target = float(rest)
        elif not line.startswith("#"):
            if pending is not None:
                band = pending.get("BANDWIDTH")
                variants.append(Variant(line, "VIDEO", int(band) if band else None))
                pending = None
            elif seconds is not None:
                segments.append(Segment(line, seconds))
                seconds = None
            else:
                raise ValueError(f"{line!r} stands without a tag")
    return Playlist(path, tuple(variants), tuple(segments), init, target, "#EXT-X-ENDLIST" in lines)


def _attributes(text: str) -> dict[str, str]:
    return {match[1]: match[2].strip('"') for match in _ATTRIBUTE.finditer(text)}


def list_programme(path: Path) -> Iterator[Path]:
    """Yield every file of a programme: the file itself, and all that a playlist names, each once."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current
        if current.suffix.lower() == ".m3u8":
            playlist = read_playlist(current)
            names = [variant.uri for variant in playlist.variants] + [segment.uri for segment in playlist.segments]
            waiting += [playlist.locate(name) for name in ([playlist.init] if playlist.init else []) + names]


def digest_programme(path: Path) -> str:
    """Return the SHA-256 of a file, or one digest over a playlist and all that it names.

    Raises:
        InputError: something is missing or unreadable.
    """
    try:
        return digest_listed(path, {file: digest_file(file) for file in list_programme(path)})
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=exc.filename or path) from exc


def digest_listed(path: Path, digests: Mapping[Path, str]) -> str:
    """Return what `digest_programme` gives, from the known digests of the programme's files."""
    if path.suffix.lower() != ".m3u8":
        return digests[path]
    return digest_files({file.relative_to(path.parent).as_posix(): digest for file, digest in digests.items()})
