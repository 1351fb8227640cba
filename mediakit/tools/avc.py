"""H.264 headers (ITU-T H.264, 7.3): parameter sets, slice headers, and the decoder configuration of MP4 (avcC)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mediakit.tools.nal import Bits, UnreadableStream, unescape

SLICE, IDR, SEI, SPS, PPS = 1, 5, 6, 7, 8
_RARE = (2, 3, 4, 14, 20, 21)
_CHROMA_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_P, _B, _I = 0, 1, 2
_RECOVERY_POINT = 6


@dataclass(frozen=True)
class Sps:
    """What of a sequence parameter set is needed to read slice headers."""

    id: int
    profile: int
    level: int
    chroma: int
    separate_planes: bool
    depths: tuple[int, int]
    frame_num_bits: int
    poc_type: int
    poc_bits: int
    references: int
    gaps: bool
    frames_only: bool


@dataclass(frozen=True)
class Pps:
    """What of a picture parameter set is needed to read slice headers."""

    id: int
    sps: int
    cabac: bool
    bottom_order: bool
    groups: int
    active: tuple[int, int]
    weighted: bool
    weighted_b: int
    deblocking: bool
    redundant: bool


@dataclass(frozen=True)
class Slice:
    """A slice header; the ``_at`` fields are pairs of bit places (start, end) in the unescaped unit.

    ``modifications`` holds, for each list, (operation, value) pairs, empty where the list stays as it begins;
    ``marking`` holds (operation, value) pairs, None where the window slides.
    """

    reference: int
    idr: bool
    kind: int
    pps: Pps
    frame_num: int
    frame_num_at: tuple[int, int]
    poc_lsb: int
    poc_at: tuple[int, int]
    active: tuple[int, int]
    modifications: tuple[tuple[tuple[int, int], ...], ...]
    modifications_at: tuple[int, int]
    marking: tuple[tuple[int, int], ...] | None
    marking_at: tuple[int, int]
    first: bool
    end: int


def kind_of(unit: bytes) -> int:
    """Return a unit's type."""
    return unit[0] & 0x1F


def read_sps(unit: bytes) -> Sps:
    """Read a sequence parameter set.

    Raises:
        UnreadableStream: cut short or damaged.
    """
    bits = Bits(unescape(unit), 8)
    profile, _, level = bits.read(8), bits.read(8), bits.read(8)
    number = bits.ue()
    chroma, planes, depths = 1, False, (8, 8)
    if profile in _CHROMA_PROFILES:
        chroma = bits.ue()
        planes = bits.flag() if chroma == 3 else False
        depths = (8 + bits.ue(), 8 + bits.ue())
        bits.flag()
        if bits.flag():
            for list_number in range(12 if chroma == 3 else 8):
                if bits.flag():
                    _skip_scaling(bits, 16 if list_number < 6 else 64)
    frame_num_bits = 4 + bits.ue()
    poc_type = bits.ue()
    poc_bits = 0
    if poc_type == 0:
        poc_bits = 4 + bits.ue()
    elif poc_type == 1:
        bits.flag()
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    references, gaps = bits.ue(), bits.flag()
    bits.ue()
    bits.ue()
    return Sps(
        number,
        profile,
        level,
        chroma,
        planes,
        depths,
        frame_num_bits,
        poc_type,
        poc_bits,
        references,
        gaps,
        bits.flag(),
    )


def _skip_scaling(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def read_pps(unit: bytes) -> Pps:
    """Read a picture parameter set.

    Raises:
        UnreadableStream: cut short, damaged, or with slice groups.
    """
    bits = Bits(unescape(unit), 8)
    number, sps, cabac, bottom = bits.ue(), bits.ue(), bits.flag(), bits.flag()
    groups = bits.ue()
    if groups:
        return Pps(number, sps, cabac, bottom, groups, (1, 1), False, 0, False, False)
    active = (1 + bits.ue(), 1 + bits.ue())
    weighted, weighted_b = bits.flag(), bits.read(2)
    bits.se()
    bits.se()
    bits.se()
    deblocking = bits.flag()
    bits.flag()
    return Pps(number, sps, cabac, bottom, groups, active, weighted, weighted_b, deblocking, bits.flag())


def read_slice(data: bytes, sps_of: dict[int, Sps], pps_of: dict[int, Pps]) -> Slice:
    """Read a slice header of a stream of whole frames.

    Args:
        data: the unescaped unit.
        sps_of: sequence parameter sets by id.
        pps_of: picture parameter sets by id.

    Raises:
        UnreadableStream: fields, slice groups, switching slices, unknown parameter sets.
    """
    bits = Bits(data[:1024], 8)
    idr, reference = data[0] & 0x1F == IDR, data[0] >> 5 & 3
    first = bits.ue() == 0
    kind = bits.ue() % 5
    pps = pps_of.get(bits.ue())
    sps = sps_of.get(pps.sps) if pps else None
    if pps is None or sps is None:
        raise UnreadableStream("a parameter set is missing")
    if not sps.frames_only:
        raise UnreadableStream("the picture may be coded in fields")
    if pps.groups or pps.redundant or kind > _I or sps.poc_type == 1:
        raise UnreadableStream("its slices are of a rare kind")
    if sps.separate_planes:
        bits.read(2)
    frame_at = bits.place
    frame_num = bits.read(sps.frame_num_bits)
    frame_end = bits.place
    if idr:
        bits.ue()
    poc_at = bits.place
    lsb = bits.read(sps.poc_bits) if sps.poc_type == 0 else 0
    poc_end = bits.place
    if sps.poc_type == 0 and pps.bottom_order:
        bits.se()
    if kind == _B:
        bits.flag()
    active = pps.active
    if kind != _I and bits.flag():
        active = (1 + bits.ue(), 1 + bits.ue() if kind == _B else active[1])
    modified_at = bits.place
    modifications = tuple(_read_modification(bits) for _ in range({_P: 1, _B: 2, _I: 0}[kind]))
    modified_end = bits.place
    if (pps.weighted and kind == _P) or (pps.weighted_b == 1 and kind == _B):
        _skip_weights(bits, active, kind, sps)
    marking_at = bits.place
    marking = _read_marking(bits, idr) if reference else None
    marking_end = bits.place
    if pps.cabac and kind != _I:
        bits.ue()
    bits.se()
    if pps.deblocking and bits.ue() != 1:
        bits.se()
        bits.se()
    return Slice(
        reference=reference,
        idr=idr,
        kind=kind,
        pps=pps,
        frame_num=frame_num,
        frame_num_at=(frame_at, frame_end),
        poc_lsb=lsb,
        poc_at=(poc_at, poc_end),
        active=active,
        modifications=modifications,
        modifications_at=(modified_at, modified_end),
        marking=marking,
        marking_at=(marking_at, marking_end),
        first=first,
        end=bits.place,
    )


def _read_modification(bits: Bits) -> tuple[tuple[int, int], ...]:
    if not bits.flag():
        return ()
    found = []
    while (operation := bits.ue()) != 3:
        if operation > 1:
            raise UnreadableStream("it keeps long-term references")
        found.append((operation, bits.ue()))
    return tuple(found)


def _skip_weights(bits: Bits, active: tuple[int, int], kind: int, sps: Sps) -> None:
    bits.ue()
    if sps.chroma and not sps.separate_planes:
        bits.ue()
    for count in active[: 2 if kind == _B else 1]:
        for _ in range(count):
            if bits.flag():
                bits.se()
                bits.se()
            if sps.chroma and not sps.separate_planes and bits.flag():
                for _ in range(4):
                    bits.se()


def _read_marking(bits: Bits, idr: bool) -> tuple[tuple[int, int], ...] | None:
    if idr:
        bits.flag()
        if bits.flag():
            raise UnreadableStream("it keeps long-term references")
        return None
    if not bits.flag():
        return None
    found = []
    while (operation := bits.ue()) != 0:
        if operation != 1:
            raise UnreadableStream("it keeps long-term references")
        found.append((operation, bits.ue()))
    return tuple(found)


def read_recovery(units: Iterable[bytes]) -> int | None:
    """Return after how many frames decoding from a picture is right (recovery point SEI); None where it is not said."""
    for unit in units:
        if kind_of(unit) != SEI:
            continue
        data = unescape(unit)[1:]
        place = 0
        while place + 2 < len(data) and data[place] != 0x80:
            fields = []
            for _ in range(2):
                value = 0
                while place < len(data) and data[place] == 255:
                    value += 255
                    place += 1
                fields.append(value + (data[place] if place < len(data) else 0))
                place += 1
            kind, size = fields
            if kind == _RECOVERY_POINT:
                return Bits(data[place : place + size]).ue()
            place += size
    return None


def is_rare(units: Iterable[bytes]) -> bool:
    """Tell whether slices come in partitions, layers or views, which are not taken apart."""
    return any(kind_of(unit) in _RARE for unit in units)


def read_config(extradata: bytes) -> tuple[list[bytes], int]:
    """Return the parameter sets of an avcC record and the bytes of a unit's length.

    Raises:
        UnreadableStream: damaged.
    """
    sets: list[bytes] = []
    place, counts = 6, extradata[5] & 0x1F
    for _ in range(2):
        for _ in range(counts):
            size = int.from_bytes(extradata[place : place + 2], "big")
            sets.append(extradata[place + 2 : place + 2 + size])
            place += 2 + size
        if place > len(extradata):
            raise UnreadableStream("its header is damaged")
        counts = extradata[place] if place < len(extradata) else 0
        place += 1
    return [unit for unit in sets if unit], (extradata[4] & 3) + 1


def build_config(sets: Sequence[bytes]) -> bytes:
    """Return an avcC record (ISO/IEC 14496-15, 5.3.3.1) that holds all parameter sets; lengths have four bytes."""
    sequences = [unit for unit in sets if kind_of(unit) == SPS]
    pictures = [unit for unit in sets if kind_of(unit) == PPS]
    first = sequences[0]
    level = max(unit[3] for unit in sequences)
    record = bytes((1, first[1], first[2], level, 0xFF, 0xE0 | len(sequences)))
    record += b"".join(len(unit).to_bytes(2, "big") + unit for unit in sequences)
    record += bytes((len(pictures),))
    record += b"".join(len(unit).to_bytes(2, "big") + unit for unit in pictures)
    if first[1] not in (66, 77, 88):
        sps = read_sps(first)
        record += bytes((0xFC | sps.chroma, 0xF8 | sps.depths[0] - 8, 0xF8 | sps.depths[1] - 8, 0))
    return record
