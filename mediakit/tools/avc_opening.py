"""Making an open H.264 group of pictures start a stream: its I picture becomes an IDR picture.

The pictures that lead it (shown before it, decoded after it) are left out by the caller; all that follow get a frame
number and an order count from the new start, up to the next IDR picture. Reference lists that would come out
otherwise than in the original are written out; where a list begins as before, only numbers of fixed width change.
Two decoders' picture buffers are followed for this: one that gets all pictures, one that lacks the leading ones.

What cannot be followed (fields, long-term references, gaps in frame numbers) is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.tools import avc
from mediakit.tools.nal import Bits, UnreadableStream, escape, fixed, golomb, pack_bits, unescape

_P, _B, _I = 0, 1, 2
_IDR_PIC_ID = 11


@dataclass(frozen=True)
class _Picture:
    """A reference picture: its unwrapped frame number before and after, its order, and whether it is kept."""

    before: int
    after: int
    order: int
    kept: bool


class GroupOpener:
    """Rewrites the pictures of a stretch that starts at a recovery point, in decoding order.

    Args:
        sets: all parameter sets of the stream.
    """

    def __init__(self, sets: Sequence[bytes]) -> None:
        self._sps = {sps.id: sps for unit in sets if avc.kind_of(unit) == avc.SPS for sps in (avc.read_sps(unit),)}
        self._pps = {pps.id: pps for unit in sets if avc.kind_of(unit) == avc.PPS for pps in (avc.read_pps(unit),)}
        self._whole: list[_Picture] = []
        self._new: list[_Picture] = []
        self._started = False
        self._done = False
        self._first_num = self._first_lsb = 0
        self._number = 0
        self._lost = 0
        self._last_lsb = self._last_msb = 0

    def rewrite(self, units: list[bytes], *, kept: bool = True) -> list[bytes]:
        """Return a picture's units, rewritten where they must be; pictures that are not kept are only followed.

        Raises:
            UnreadableStream: the stream cannot be rewritten.
        """
        if self._done:
            return units
        if avc.is_rare(units):
            raise UnreadableStream("its slices are of a rare kind")
        places = [place for place, unit in enumerate(units) if avc.kind_of(unit) in (avc.SLICE, avc.IDR)]
        plain = {place: unescape(units[place]) for place in places}
        slices = {place: avc.read_slice(plain[place], self._sps, self._pps) for place in places}
        if not slices:
            raise UnreadableStream("a packet holds no picture")
        if sum(one.first for one in slices.values()) != 1:
            raise UnreadableStream("a packet holds more than one picture")
        head = next(iter(slices.values()))
        if head.idr:
            self._done = True
            return units
        if not self._started:
            self._start(units, list(slices.values()))
        picture = self._follow(head, kept)
        made = list(units)
        marking = self._new_marking(head, picture) if kept else None
        for place, one in slices.items():
            if kept:
                made[place] = self._rewrite_slice(plain[place], one, picture, marking)
        self._mark(head, picture, marking)
        return made

    def _start(self, units: list[bytes], slices: list[avc.Slice]) -> None:
        if avc.read_recovery(units) != 0:
            raise UnreadableStream("its key frame does not say that decoding may start there")
        if any(one.kind != _I or not one.reference for one in slices):
            raise UnreadableStream("its key frame is not coded alone")
        self._first_num, self._first_lsb = slices[0].frame_num, slices[0].poc_lsb

    def _sps_of(self, one: avc.Slice) -> avc.Sps:
        return self._sps[one.pps.sps]

    def _follow(self, head: avc.Slice, kept: bool) -> _Picture:
        """Return the picture with its numbers unwrapped."""
        sps = self._sps_of(head)
        period = 1 << sps.frame_num_bits
        if not self._started:
            self._started = True
            self._last_lsb = head.poc_lsb
            return _Picture(0, 0, 0, kept)
        step = (head.frame_num - self._first_num - self._number) % period
        if step != 1:
            raise UnreadableStream("frame numbers are missing")
        before = self._number + step
        return _Picture(before, before - self._lost, self._order(head, sps, before), kept)

    def _order(self, head: avc.Slice, sps: avc.Sps, before: int) -> int:
        if sps.poc_type != 0:
            return 2 * before - (not head.reference)
        period = 1 << sps.poc_bits
        lsb, msb = head.poc_lsb, self._last_msb
        if lsb < self._last_lsb and self._last_lsb - lsb >= period // 2:
            msb += period
        elif lsb > self._last_lsb and lsb - self._last_lsb > period // 2:
            msb -= period
        if head.reference:
            self._last_lsb, self._last_msb = lsb, msb
        return msb + lsb - self._first_lsb

    def _mark(self, head: avc.Slice, picture: _Picture, marking: list[_Picture] | None) -> None:
        """Put a reference picture into both buffers."""
        if not head.reference:
            return
        self._number = picture.before
        limit = max(self._sps_of(head).references, 1)
        if head.marking is None:
            self._whole = _slide(self._whole, limit, "before")
        else:
            gone = {picture.before - value - 1 for _, value in head.marking}
            self._whole = [one for one in self._whole if one.before not in gone]
        self._whole.append(picture)
        if not picture.kept:
            self._lost += 1
            return
        if marking is None:
            self._new = _slide(self._new, limit, "after")
        else:
            self._new = [one for one in self._new if one not in marking]
        self._new.append(picture)

    def _new_marking(self, head: avc.Slice, picture: _Picture) -> list[_Picture] | None:
        """Return which pictures a kept one takes out of the new buffer; None where the window slides."""
        if not head.reference or head.marking is None:
            return None
        gone = {picture.before - value - 1 for _, value in head.marking}
        removed = [one for one in self._new if one.before in gone]
        room = [one for one in sorted(self._new, key=lambda one: one.after) if one not in removed]
        limit = max(self._sps_of(head).references, 1)
        return removed + room[: max(len(room) - (limit - 1), 0)]

    def _rewrite_slice(self, data: bytes, one: avc.Slice, picture: _Picture, marking: list[_Picture] | None) -> bytes:
        sps = self._sps_of(one)
        opening = picture.before == 0 and one.kind == _I and not self._whole
        edits = [(one.frame_num_at, fixed(picture.after, sps.frame_num_bits))]
        if opening:
            edits[0] = (one.frame_num_at, edits[0][1] + golomb(_IDR_PIC_ID))
        if sps.poc_type == 0:
            edits.append((one.poc_at, fixed(one.poc_lsb - self._first_lsb, sps.poc_bits)))
        if one.kind != _I:
            lists = self._list_texts(one, picture, 1 << sps.frame_num_bits)
            if lists is not None:
                edits.append((one.modifications_at, lists))
        if opening:
            edits.append((one.marking_at, "00"))
        elif one.reference and marking is not None:
            text = "".join(golomb(1) + golomb(picture.after - gone.after - 1) for gone in marking)
            edits.append((one.marking_at, "1" + text + golomb(0)))
        made = _edit_header(data, one, edits)
        if opening:
            made = bytes((made[0] & 0xE0 | avc.IDR,)) + made[1:]
        return escape(made)

    def _list_texts(self, one: avc.Slice, picture: _Picture, period: int) -> str | None:
        """Return the list modifications of a slice; None where those that it has give the right lists as well."""
        made = [
            self._list_text(one, number, operations, picture, period)
            for number, operations in enumerate(one.modifications)
        ]
        return (
            None
            if all(text is None for text in made)
            else "".join(
                _operations_text(operations) if text is None else text
                for text, operations in zip(made, one.modifications, strict=True)
            )
        )

    def _list_text(
        self, one: avc.Slice, number: int, operations: Sequence[tuple[int, int]], picture: _Picture, period: int
    ) -> str | None:
        count = one.active[number]
        old = _initial(self._whole, one.kind, number, picture, "before")
        new = _initial(self._new, one.kind, number, picture, "after")
        wanted = _modified(old, operations, picture, count, "before", period)
        if _serves(wanted, _modified(new, operations, picture, count, "after", period)):
            return None
        if _serves(wanted, _modified(new, (), picture, count, "after", period)):
            return "0"
        return "1" + self._commands(wanted, picture, period) + golomb(3)

    def _commands(self, wanted: list[_Picture | None], picture: _Picture, period: int) -> str:
        present = [one for one in wanted if one is not None and one in self._new]
        if not present:
            raise UnreadableStream("a picture refers only to pictures before its key frame")
        predicted, text = picture.after, ""
        for one in wanted:
            if one is not None and one.kept and one not in self._new:
                raise UnreadableStream("a reference picture would be lost")
            # What the original list holds in a lost picture's place is never used; any other may stand there.
            target = one if one is not None and one.kept else present[0]
            away = (predicted - target.after) % period or period
            text += golomb(0) + golomb(away - 1)
            predicted = target.after
        return text


def _slide(buffer: list[_Picture], limit: int, number: str) -> list[_Picture]:
    ordered = sorted(buffer, key=lambda one: int(getattr(one, number)))
    return ordered[max(len(ordered) - (limit - 1), 0) :]


def _initial(buffer: list[_Picture], kind: int, number: int, picture: _Picture, name: str) -> list[_Picture]:
    """Return a reference list as it begins (8.2.4.2)."""
    if kind == _P:
        return sorted(buffer, key=lambda one: -int(getattr(one, name)))
    earlier = sorted((one for one in buffer if one.order < picture.order), key=lambda one: -one.order)
    later = sorted((one for one in buffer if one.order > picture.order), key=lambda one: one.order)
    first, second = earlier + later, later + earlier
    if len(second) > 1 and first == second:
        second = [second[1], second[0], *second[2:]]
    return second if number else first


def _serves(wanted: list[_Picture | None], found: list[_Picture | None]) -> bool:
    """Tell whether a list holds all that is used of the wanted one (lost pictures are not)."""
    return all(
        want is have or ((want is None or not want.kept) and have is not None)
        for want, have in zip(wanted, found, strict=True)
    )


def _operations_text(operations: Sequence[tuple[int, int]]) -> str:
    if not operations:
        return "0"
    return "1" + "".join(golomb(operation) + golomb(value) for operation, value in operations) + golomb(3)


def _modified(
    start: list[_Picture], operations: Sequence[tuple[int, int]], picture: _Picture, count: int, name: str, period: int
) -> list[_Picture | None]:
    """Return a list after its modifications (8.2.4.3); None stands for pictures that are not there."""
    known = {int(getattr(one, name)): one for one in start}
    made: list[_Picture | None] = []
    rest: list[_Picture] = list(start)
    current = predicted = int(getattr(picture, name))
    for operation, value in operations:
        predicted += (value + 1) if operation else -(value + 1)
        predicted = current - (current - predicted) % period  # a step of a whole period names the same picture again
        found = known.get(predicted)
        made.append(found)
        rest = [one for one in rest if one is not found]
    return [*made, *rest, *[None] * count][:count]


def _edit_header(data: bytes, one: avc.Slice, edits: list[tuple[tuple[int, int], str]]) -> bytes:
    """Return a slice with parts of its header replaced and its data moved to where they belong."""
    head = Bits(data[: one.end // 8 + 1])
    text, place = "", 0
    for (start, end), new in edits:
        text += head.text(place, start) + new
        place = end
    text += head.text(place, one.end)
    if one.pps.cabac:
        text += "1" * (-len(text) % 8)
        return pack_bits(text) + data[(one.end + 7) // 8 :]
    if (len(text) - one.end) % 8 == 0:
        rest = one.end // 8
        tail = Bits(data[: rest + 1]).text(one.end, 8 * rest + 8) if rest < len(data) else ""
        return pack_bits(text + tail) + data[rest + 1 :]
    length = 8 * len(data) - one.end
    body = int.from_bytes(data, "big") & ((1 << length) - 1)
    zeros = (body & -body).bit_length() - 1  # below the stop bit
    body, length = body >> zeros, length - zeros
    total = len(text) + length
    value = (int(text, 2) << length | body) << (-total % 8)
    return value.to_bytes((total + 7) // 8, "big")
