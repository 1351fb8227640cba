"""Sentences with times from a transcript, whatever its segments were."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mediakit.media.alignment import align_segment
from mediakit.media.transcript import Transcript

_END = re.compile(
    r"(?:[。！？!?]+|…{1,2}|(?<!\.)\.{3,}(?=\s|$)|(?<![A-Z])(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bProf)"
    r"(?<!\bvs)\.(?=[\s\"'”’)]|$))[\"'”’」』）)》]*"
)
_CLAUSE_END = re.compile(r"[，；：、,;:—]+(?!\d)[\"'”’」』）)》]*")
_JOIN_PAUSE_S = 0.6
_PLAIN_PAUSE_S = 0.25
_MARKED_SHARE = 0.3
_GOES_ON = ("，", "、", "：", ",", ":")
_CLAUSE_LEAST_S = 2.0


@dataclass(frozen=True)
class Sentence:
    """What is said from ``start`` to ``end`` seconds.

    ``complete``: a mark ends it, or a pause (not behind a comma, where the text has marks). ``broken``: it is
    a part of a sentence that is too long for a short.
    """

    text: str
    start: float
    end: float
    speaker: str | None
    complete: bool
    broken: bool = False


@dataclass(frozen=True)
class _Piece:
    text: str
    start: float
    end: float
    speaker: str | None
    marked: bool
    cut: bool = False
    times: tuple[tuple[float, float], ...] = ()
    joints: tuple[int, ...] = ()


def split_sentences(transcript: Transcript, longest: float | None = None) -> list[Sentence]:
    """Return the sentences in order of time.

    A sentence ends at its mark, and where the programme was cut. Where the text has hardly any marks, a segment's end
    with a pause ends one. One that lasts more than ``longest`` seconds is broken at its marks, pauses, segments.
    """
    pieces = list(_pieces(transcript))
    marked = sum(piece.marked for piece in pieces)
    plain = marked < _MARKED_SHARE * len(pieces)
    patience = _PLAIN_PAUSE_S if plain else _JOIN_PAUSE_S
    joined: list[tuple[_Piece, bool]] = []
    open_piece: _Piece | None = None
    for piece in pieces:
        if open_piece is not None:
            apart = piece.cut or piece.start - open_piece.end >= patience
            if not apart and piece.speaker == open_piece.speaker:
                piece = _join(open_piece, piece)
            else:
                paused = piece.start - open_piece.end >= _PLAIN_PAUSE_S
                joined.append((open_piece, paused and (plain or not open_piece.text.endswith(_GOES_ON))))
        open_piece = None if piece.marked else piece
        if piece.marked:
            joined.append((piece, True))
    if open_piece is not None:
        joined.append((open_piece, True))
    sentences: list[Sentence] = []
    for piece, complete in joined:
        if longest is not None and piece.end - piece.start > longest:
            sentences += _break(piece, complete, longest)
        else:
            sentences.append(Sentence(piece.text, piece.start, piece.end, piece.speaker, complete))
    return sentences


def _join(first: _Piece, second: _Piece) -> _Piece:
    space = "" if ord(first.text[-1]) > 0x2E7F and ord(second.text[0]) > 0x2E7F else " "
    gap = ((first.end, second.start),) * len(space)
    shift = len(first.text) + len(space)
    return _Piece(
        first.text + space + second.text,
        first.start,
        second.end,
        first.speaker,
        second.marked,
        first.cut,
        first.times + gap + second.times,
        (*first.joints, shift, *(joint + shift for joint in second.joints)),
    )


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
                    text,
                    spoken[0][0],
                    spoken[-1][1],
                    segment.speaker,
                    edge in edges,
                    segment.cut and not first,
                    tuple(spoken),
                )
            first = edge


def _break(piece: _Piece, complete: bool, longest: float) -> list[Sentence]:
    """Return a long sentence's parts: at the marks inside it, at its pauses, between its segments."""
    parts = [piece]
    for edges in (_clause_edges, _pause_edges, _joint_edges):
        if all(part.end - part.start <= longest for part in parts):
            break
        parts = [
            made
            for part in parts
            for made in (_cut_at(part, edges(part)) if part.end - part.start > longest else [part])
        ]
    made = [Sentence(part.text, part.start, part.end, part.speaker, False, broken=True) for part in parts]
    return [*made[:-1], replace(made[-1], complete=complete)]


def _cut_at(piece: _Piece, edges: Iterable[int]) -> list[_Piece]:
    """Return a piece cut behind the characters at ``edges``, no part shorter than two seconds."""
    made: list[_Piece] = []
    first = 0
    for edge in [*edges, len(piece.text)]:
        while first < edge and piece.text[first].isspace():
            first += 1
        text = piece.text[first:edge].rstrip()
        if not any(character.isalnum() for character in text):
            continue
        times = piece.times[first : first + len(text)]
        is_last = edge == len(piece.text)
        if times[-1][1] - times[0][0] < _CLAUSE_LEAST_S and not is_last:
            continue
        joints = tuple(joint - first for joint in piece.joints if first < joint < edge)
        made.append(replace(piece, text=text, start=times[0][0], end=times[-1][1], times=times, joints=joints))
        first = edge
    return made or [piece]


def _clause_edges(piece: _Piece) -> list[int]:
    return [match.end() for match in _CLAUSE_END.finditer(piece.text)]


def _pause_edges(piece: _Piece) -> list[int]:
    spoken = [k for k, character in enumerate(piece.text) if not character.isspace()]
    return [
        after
        for before, after in pairwise(spoken)
        if piece.times[after][0] - piece.times[before][1] >= _PLAIN_PAUSE_S and not _inside_word(piece.text, after)
    ]


def _joint_edges(piece: _Piece) -> list[int]:
    return list(piece.joints)


def _inside_word(text: str, at: int) -> bool:
    """Tell whether two letters of one word of letters or digits meet before position ``at``."""
    return all(c.isalnum() and ord(c) < 0x2E80 for c in (text[at - 1], text[at]))


def count_marked(sentences: Sequence[Sentence]) -> float:
    """Return the share of sentences that end with a mark."""
    if not sentences:
        return 1.0
    return sum(bool(_END.search(sentence.text[-3:])) for sentence in sentences) / len(sentences)
