"""HEVC headers (ITU-T H.265, 7.3): ids of parameter sets, open starts made into clean ones, MP4's hvcC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mediakit.tools.nal import Bits, UnreadableStream, escape, fixed, golomb, pack_bits, replace_bits, unescape

VPS, SPS, PPS = 32, 33, 34
CRA, BLA_N_LP = 21, 18
SLICES = frozenset((*range(10), *range(16, 22)))
_IRAP = range(16, 24)
_LEADING = frozenset((6, 7, 8, 9))
_LONG_IDS = range(15, 31)
_SPARE_SPS = range(1, 16)
_SPARE_VPS = range(1, 16)


def kind_of(unit: bytes) -> int:
    """Return a unit's type."""
    return unit[0] >> 1 & 0x3F


def layer_of(unit: bytes) -> int:
    """Return a unit's layer; 0 is the base."""
    return (unit[0] & 1) << 5 | unit[1] >> 3


def leads(units: Iterable[bytes]) -> bool:
    """Tell whether a picture says of itself that it leads its key frame (RADL or RASL)."""
    return any(kind_of(unit) in _LEADING for unit in units)


def open_clean(units: Sequence[bytes]) -> list[bytes]:
    """Return a key frame's units such that decoding starts there: a CRA picture becomes a BLA one without leaders.

    Nothing but the units' type differs: both have the same header fields (7.3.6.1).

    Raises:
        UnreadableStream: not a key frame, or one of several layers.
    """
    made = []
    found = False
    for unit in units:
        kind = kind_of(unit)
        if kind in SLICES:
            if layer_of(unit):
                raise UnreadableStream("its picture has several layers")
            if kind not in _IRAP:
                raise UnreadableStream("its key frame is not one where decoding may start")
            found = True
            if kind == CRA:
                unit = bytes((unit[0] & 0x81 | BLA_N_LP << 1,)) + unit[1:]
        made.append(unit)
    if not found:
        raise UnreadableStream("a packet holds no picture")
    return made


def _sps_id_place(bits: Bits) -> None:
    """Move to a sequence parameter set's own id."""
    bits.place = 20
    layers = bits.read(3)
    bits.place = 24 + 96
    if layers:
        flags = [(bits.flag(), bits.flag()) for _ in range(layers)]
        bits.read(2 * (8 - layers))
        for profile, level in flags:
            bits.read(88 * profile + 8 * level)


def set_id(unit: bytes) -> int:
    """Return a parameter set's id."""
    bits = Bits(unescape(unit), 16)
    kind = kind_of(unit)
    if kind == VPS:
        return bits.read(4)
    if kind == SPS:
        _sps_id_place(bits)
    return bits.ue()


@dataclass(frozen=True)
class Ids:
    """Ids for the parameter sets of encoded edges, none of which the source uses."""

    vps: int
    sps: int
    pps: int

    @classmethod
    def beside(cls, sets: Sequence[bytes]) -> Ids:
        """Choose ids that the parameter sets leave free.

        Raises:
            UnreadableStream: there is none.
        """
        used = {kind: {set_id(unit) for unit in sets if kind_of(unit) == kind} for kind in (VPS, SPS, PPS)}
        # Ids 15 to 30 take nine bits where id 0 takes one: slice headers grow by a whole byte, so that the
        # picture's data behind them stays where it is within its bytes.
        spare = [
            next((number for number in numbers if number not in used[kind]), None)
            for kind, numbers in ((VPS, _SPARE_VPS), (SPS, _SPARE_SPS), (PPS, _LONG_IDS))
        ]
        vps, sps, pps = spare
        if vps is None or sps is None or pps is None:
            raise UnreadableStream("it uses all ids of parameter sets")
        return cls(vps, sps, pps)

    def rewrite(self, unit: bytes) -> bytes:
        """Return a unit of an encoder that uses id 0 throughout, with these ids.

        Raises:
            UnreadableStream: other ids than 0.
        """
        kind = kind_of(unit)
        if kind not in SLICES and kind not in (VPS, SPS, PPS):
            return unit
        data = unescape(unit)
        bits = Bits(data[:256])
        if kind == VPS:
            return escape(replace_bits(data, 16, 20, fixed(self.vps, 4)))
        if kind == SPS:
            _sps_id_place(bits)
            at = bits.place
            _expect(bits.ue() == 0)
            data = replace_bits(data, at, at + 1, golomb(self.sps))
            return escape(replace_bits(data, 16, 20, fixed(self.vps, 4)))
        if kind == PPS:
            bits.place = 16
            _expect(bits.ue() == 0 and bits.ue() == 0)
            return escape(replace_bits(data, 16, 18, golomb(self.pps) + golomb(self.sps)))
        at = 18 if kind in _IRAP else 17
        bits.place = at
        _expect(bits.ue() == 0)
        text = bits.text(16, at) + golomb(self.pps) + bits.text(at + 1, 24)
        return escape(data[:2] + pack_bits(text) + data[3:])


def _expect(true: bool) -> None:
    if not true:
        raise UnreadableStream("the encoder numbered its parameter sets in another way")


def read_config(extradata: bytes) -> tuple[list[bytes], int]:
    """Return the units of an hvcC record and the bytes of a unit's length.

    Raises:
        UnreadableStream: damaged.
    """
    sets: list[bytes] = []
    place = 23
    for _ in range(extradata[22]):
        count = int.from_bytes(extradata[place + 1 : place + 3], "big")
        place += 3
        for _ in range(count):
            size = int.from_bytes(extradata[place : place + 2], "big")
            sets.append(extradata[place + 2 : place + 2 + size])
            place += 2 + size
        if place > len(extradata):
            raise UnreadableStream("its header is damaged")
    return [unit for unit in sets if len(unit) > 2], (extradata[21] & 3) + 1


def build_config(sets: Sequence[bytes]) -> bytes:
    """Return an hvcC record (ISO/IEC 14496-15, 8.3.3.1) that holds all units; the first SPS gives its facts."""
    plain = unescape(next(unit for unit in sets if kind_of(unit) == SPS))
    bits = Bits(plain)
    bits.place = 20
    layers, nested = 1 + bits.read(3), bits.read(1)
    _sps_id_place(bits)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.flag()
    bits.ue()
    bits.ue()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    luma_depth, chroma_depth = bits.ue(), bits.ue()
    level = max(unescape(unit)[14] for unit in sets if kind_of(unit) == SPS)
    record = bytes((1,)) + plain[3:14] + bytes((level, 0xF0, 0, 0xFC, 0xFC | chroma))
    record += bytes((0xF8 | luma_depth, 0xF8 | chroma_depth, 0, 0, layers << 3 | nested << 2 | 3))
    kinds = list(dict.fromkeys(kind_of(unit) for unit in sets))
    record += bytes((len(kinds),))
    for kind in sorted(kinds):
        of_kind = [unit for unit in sets if kind_of(unit) == kind]
        record += bytes((0x80 | kind,)) + len(of_kind).to_bytes(2, "big")
        record += b"".join(len(unit).to_bytes(2, "big") + unit for unit in of_kind)
    return record
