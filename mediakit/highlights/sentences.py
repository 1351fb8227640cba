"""Sentences with times from a transcript, whatever its segments were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mediakit.media.alignment import align_segment
from mediakit.media.transcript import Transcript

_END = re.compile(
    r"(?:[。！？!?]+|…{1,2}|(?<!\.)\.{3,}(?=\s|$)|(?<![A-Z])(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bProf)"
    r"(?<!\bvs)\.(?=[\s\"'”’)]|$))[\"'”’」』）)》]*"
)
_JOIN_PAUSE_S = 0.6
_PLAIN_PAUSE_S = 0.25
_MARKED_SHARE = 0.3


@dataclass(frozen=True)
class Sentence:
    """What is said from ``start`` to ``end`` seconds; ``complete`` when a mark or a pause ends it."""

    text: str
    start: float
    end: float
    speaker: str | None
    complete: bool


@dataclass(frozen=True)
class _Piece:
    text: str
    start: float
    end: float
    speaker: str | None
    marked: bool
    cut: bool = False


def split_sentences(transcript: Transcript) -> list[Sentence]:
    """Return the sentences in order of time.

    A sentence ends at its mark, and where the programme was cut. Where the text has hardly any marks, a segment's end
    with a pause ends one.
    """
    pieces = list(_pieces(transcript))
    marked = sum(piece.marked for piece in pieces)
    patience = _PLAIN_PAUSE_S if marked < _MARKED_SHARE * len(pieces) else _JOIN_PAUSE_S
    sentences: list[Sentence] = []
    open_piece: _Piece | None = None
    for piece in pieces:
        if open_piece is not None:
            apart = piece.cut or piece.start - open_piece.end >= patience
            if not apart and piece.speaker == open_piece.speaker:
                piece = _join(open_piece, piece)
            else:
                sentences.append(_close(open_piece, piece.start))
        open_piece = None if piece.marked else piece
        if piece.marked:
            sentences.append(_close(piece, None))
    if open_piece is not None:
        sentences.append(_close(open_piece, None))
    return sentences


def _close(piece: _Piece, next_start: float | None) -> Sentence:
    complete = piece.marked or next_start is None or next_start - piece.end >= _PLAIN_PAUSE_S
    return Sentence(piece.text, piece.start, piece.end, piece.speaker, complete)


def _join(first: _Piece, second: _Piece) -> _Piece:
    space = "" if ord(first.text[-1]) > 0x2E7F and ord(second.text[0]) > 0x2E7F else " "
    return _Piece(first.text + space + second.text, first.start, second.end, first.speaker, second.marked, first.cut)


def _pieces(transcript: Transcript) -> Iterator[_Piece]:
    for segment in sorted(transcript.segments, key=lambda s: (s.start, s.end)):
        times = align_segment(segment)
        edges = [match.end() for match in _END.finditer(segment.text)]
        first = 0
        for edge in [*edges, len(segment.text)]:
            raw = segment.text[first:edge]
            text = raw.strip()
            if text and any(character.isalnum() for character in text):
                at = first + len(raw) - len(raw.lstrip())
                spoken = times[at : at + len(text)]
                yield _Piece(
                    text, spoken[0][0], spoken[-1][1], segment.speaker, edge in edges, segment.cut and not first
                )
            first = edge
