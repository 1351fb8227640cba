from __future__ import annotations

import struct
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.tools.boxes import missing_wave_bytes, read_boxes


def box(kind: str, size: int) -> bytes:
    return struct.pack(">I", size + 8) + kind.encode() + b"\0" * size


def write(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def test_index_first_or_last(tmp_path: Path):
    first = read_boxes(write(tmp_path / "a", box("ftyp", 16), box("moov", 100), box("mdat", 500)))
    last = read_boxes(write(tmp_path / "b", box("ftyp", 16), box("mdat", 500), box("moov", 100)))
    assert first is not None
    assert last is not None
    assert (first.faststart, first.has_index, first.missing_bytes) == (True, True, 0)
    assert (last.faststart, last.has_index, last.missing_bytes) == (False, True, 0)


def test_cut_short(tmp_path: Path):
    cut = read_boxes(write(tmp_path / "a", box("ftyp", 16), box("mdat", 500)[:300]))
    assert cut is not None
    assert not cut.has_index
    assert cut.missing_bytes == 208


def test_long_and_endless_boxes(tmp_path: Path):
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + 40) + b"\0" * 40
    endless = struct.pack(">I4s", 0, b"mdat") + b"\0" * 99
    boxes = read_boxes(write(tmp_path / "a", box("ftyp", 4), long, box("moov", 10), endless))
    assert boxes is not None
    assert boxes.kinds == ("ftyp", "mdat", "moov", "mdat")
    assert boxes.missing_bytes == 0


def test_no_boxes(tmp_path: Path):
    assert read_boxes(write(tmp_path / "a", b"RIFF....WAVEfmt ")) is None
    assert read_boxes(write(tmp_path / "b", b"")) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_no_bytes_break_it(tmp_path: Path, data: bytes):
    read_boxes(write(tmp_path / "x", b"\0\0\0\x08ftyp", data))


def wave(data: int, declared: int | None = None) -> bytes:
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16)
    chunk = (
        b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", data if declared is None else declared)
    )
    return b"RIFF" + struct.pack("<I", 100) + b"WAVE" + fmt + chunk + b"\0" * data


def test_wave_sizes(tmp_path: Path):
    assert missing_wave_bytes(write(tmp_path / "a", wave(400))) == 0
    assert missing_wave_bytes(write(tmp_path / "b", wave(400, 1000))) == 600
    assert missing_wave_bytes(write(tmp_path / "c", wave(400, 0xFFFFFFFF))) == 0
    assert missing_wave_bytes(write(tmp_path / "d", wave(400, 0))) == 0
    assert missing_wave_bytes(write(tmp_path / "e", b"RIFF\0\0\0\0WAVEfmt ")) == 0
