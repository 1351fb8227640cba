"""What a piece shows below its drawings: frames of a file, a plain colour, or one of them dissolving into another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.times import format_rate, parse_rate
from mediakit.render.geometry import Display
from mediakit.render.stack import Still

if TYPE_CHECKING:
    from mediakit.media.packets import PacketIndex
    from mediakit.render.pieces import Piece, SourceGrid


@dataclass(frozen=True)
class Window:
    """Which frames of a file to decode; ticks count from the file's first frame.

    Attributes:
        path: the media file.
        container: the demuxer's name as probed.
        stream: the picture stream's number.
        time_base: seconds a source tick.
        zero_pts: source tick of the first frame.
        seek_pts: source tick of the key frame to start at.
        stop_pts: source tick of the first frame after those needed; None: the last frame is held.
        first: first tick of the frame grid.
        end: tick past the last one.
        display: how the frames are to be shown.
        fields: each field becomes a frame of its own.
    """

    path: str
    container: str
    stream: int
    time_base: Fraction
    zero_pts: int
    seek_pts: int
    stop_pts: int | None
    first: int
    end: int
    display: Display
    fields: bool = False

    @classmethod
    def of(cls, path: Path, container: str, grid: SourceGrid, piece: Piece, display: Display) -> Window:
        """Return the window of one piece."""
        index: PacketIndex = grid.index
        return cls(
            path=str(path),
            container=container,
            stream=index.stream_index,
            time_base=index.time_base,
            zero_pts=int(index.frame_pts[0]),
            seek_pts=piece.seek_pts,
            stop_pts=piece.stop_pts,
            first=piece.first,
            end=piece.end,
            display=display,
            fields=grid.fields,
        )

    @property
    def frames(self) -> int:
        """How many frames it gives."""
        return self.end - self.first

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {**asdict(self), "time_base": format_rate(self.time_base)}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Window:
        """Return what `pack` gave."""
        return cls(**{**data, "time_base": parse_rate(data["time_base"]), "display": Display(**data["display"])})


@dataclass(frozen=True)
class Backdrop:
    """What shows through a card's colour: a still picture, or one frame of a file, blurred.

    Attributes:
        veil: how much of the colour lies over it, 0 to 1.
        still: the picture.
        window: of the one frame.
        content: digest of what the window shows, for keys.
    """

    veil: float
    still: Still | None = None
    window: Window | None = None
    content: str = ""

    def describe(self) -> dict[str, Any]:
        """Return what shapes its pixels, without path or place, for keys."""
        return {"veil": self.veil, "still": self.still and self.still.digest, "content": self.content}


@dataclass(frozen=True)
class Plain:
    """A plain colour (``#rrggbb``) for some frames, with something behind it or not."""

    colour: str
    frames: int
    backdrop: Backdrop | None = None

    def describe(self) -> dict[str, Any]:
        """Return what shapes its frames, for keys."""
        shown = {} if self.backdrop is None else {"backdrop": self.backdrop.describe()}
        return {"colour": self.colour, "frames": self.frames, **shown}

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        plain: dict[str, Any] = {"colour": self.colour, "frames": self.frames}
        if self.backdrop is not None:
            window = self.backdrop.window
            plain["backdrop"] = {**asdict(self.backdrop), "window": window and window.pack()}
        return plain

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Plain:
        """Return what `pack` gave."""
        packed = data.get("backdrop")
        if packed is None:
            return cls(data["colour"], data["frames"])
        still, window = packed["still"], packed["window"]
        made = {"still": still and Still(**still), "window": window and Window.unpack(window)}
        return cls(data["colour"], data["frames"], Backdrop(**{**packed, **made}))


@dataclass(frozen=True)
class Scene:
    """One layer, or two of equal length of which the first dissolves into the second.

    ``beyond`` is how many frames of the dissolve come before and after these.
    """

    layers: tuple[Window | Plain, ...]
    beyond: tuple[int, int] = (0, 0)

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.layers[0].frames

    @property
    def windows(self) -> tuple[Window, ...]:
        """What is decoded of files."""
        found: list[Window] = []
        for layer in self.layers:
            if isinstance(layer, Window):
                found.append(layer)
            elif layer.backdrop is not None and layer.backdrop.window is not None:
                found.append(layer.backdrop.window)
        return tuple(found)

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {"layers": [layer.pack() for layer in self.layers], "beyond": list(self.beyond)}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Scene:
        """Return what `pack` gave."""
        layers = tuple(Plain.unpack(layer) if "colour" in layer else Window.unpack(layer) for layer in data["layers"])
        before, after = data["beyond"]
        return cls(layers, (before, after))


def describe_window(piece: Piece, display: Display) -> dict[str, Any]:
    """Return what of a window shapes its frames, without path or place, for keys."""
    return {
        "packets": piece.fingerprint,
        "frames": piece.frames,
        "held": max(-piece.first, 0),
        "display": display.describe(),
    }
