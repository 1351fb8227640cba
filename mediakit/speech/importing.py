"""Transcripts that exist already: SRT, WebVTT, ASS, and the JSON of Whisper programs, as runs of words with times.

JSON of openai-whisper and faster-whisper (``segments`` with ``words``), of WhisperX (``score``, words without times),
of whisper.cpp (``transcription`` with ``offsets`` in milliseconds), and mediakit's own ``transcript.json``.
Where a file has no word times, a cue's time is shared by its characters.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.errors import InputError
from mediakit.media.languages import is_language
from mediakit.media.texts import read_text
from mediakit.media.transcript import Segment, Transcript, Word, join_words
from mediakit.speech.sentences import make_segment, make_segments, order_words
from mediakit.speech.words import split_words, spread_words

FORMATS = {".srt": "srt", ".vtt": "vtt", ".ass": "ass", ".ssa": "ssa", ".json": "json"}

_MAX_BYTES = 64 << 20
_MAX_CUES = 200_000
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?\s+([^>]{1,80})>")
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,200}>|<\d[\d:.]{3,12}>|\{\\[^}]{0,400}\}")
_FINAL = re.compile(r"[。！？!?….][”’\"'）)」』]*$")
_NOTE = re.compile(r"^\s*[\[(（【♪].*[\])）】♪]\s*$", re.DOTALL)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_ENGLISH = re.compile(r"\b(the|and|of|to|is|in|that|it|you|was|for|this)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """One cue or segment of a file."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None


@dataclass(frozen=True)
class Imported:
    """What a file holds: sentences in order, its language (Whisper's code, ``und`` where unknown), its format."""

    segments: tuple[Segment, ...]
    language: str
    format: str


def import_transcript(path: Path, *, duration: float, language: str | None = None) -> Imported:
    """Read a subtitle or transcript file.

    Args:
        path: the file; its content says the format, or else its name's suffix.
        duration: the media's length in seconds; what lies past it is cut off.
        language: the language, where the file does not say or says wrong.

    Raises:
        InputError: unreadable, of another format, or without any timed text.
    """
    text = read_text(path, _MAX_BYTES)
    kind = _sniff(text) or FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InputError(
            "is no transcript that can be imported", where=path, hint="SRT, VTT, ASS, or the JSON of a Whisper program"
        )
    if kind == "json" and re.match(r"\s*\{\s*\"schema\"\s*:\s*\"mediakit/", text):
        return _own(path, duration, language)
    pieces, said = _read_json(path, text) if kind == "json" else (_read_cues(path, text, kind), None)
    pieces = [piece for piece in pieces if piece.text.strip() and piece.start < duration]
    if not pieces:
        raise InputError(
            "holds no text within the media's length", where=path, hint="check that it belongs to this media file"
        )
    told = said if said and is_language(said) else None
    found = language or told or guess_language("\n".join(piece.text for piece in pieces))
    return Imported(_sentences(pieces, duration), found, kind)


def _own(path: Path, duration: float, language: str | None) -> Imported:
    transcript = Transcript.read(path)
    kept = []
    for segment in transcript.segments:
        words = segment.words or tuple(spread_words(split_words(segment.text), segment.start, segment.end))
        words = order_words([word for word in words if word.start < duration], duration)
        if words:
            update = {"words": words, "start": words[0].start, "end": words[-1].end}
            kept.append(segment.model_copy(update=update))
    return Imported(tuple(kept), language or transcript.language, "transcript")


def guess_language(text: str) -> str:
    """Return the code of the language that a text's script shows, ``und`` where it does not."""
    if len(_KANA.findall(text)) > len(text) * 0.05:
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han * 4 > latin:
        return "zh" if han else "und"
    return "en" if len(_ENGLISH.findall(text)) > len(text.split()) * 0.08 else "und"


def _sniff(text: str) -> str | None:
    head = text.lstrip("\ufeff \n\t")[:4000]
    if head.startswith(("{", "[{")):
        return "json"
    if head.startswith("WEBVTT"):
        return "vtt"
    if re.match(r"\[Script Info\]", head, re.IGNORECASE):
        return "ass"
    return "srt" if re.search(r"^\d+:\d\d:\d\d[,.]\d{1,3}\s*-->", head, re.MULTILINE) else None


def _read_cues(path: Path, text: str, kind: str) -> list[Piece]:
    import pysubs2

    speakers = kind == "vtt"
    if speakers:
        text = _VOICE.sub(lambda match: f"\ue000{match[1]}\ue001", text)
    try:
        file = pysubs2.SSAFile.from_string(text.lstrip("\ufeff"), format_="ass" if kind == "ssa" else kind)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError) as exc:
        raise InputError(
            f"cannot be read as {kind.upper()}", where=path, hint="check that the file is complete"
        ) from exc
    if len(file) > _MAX_CUES:
        raise InputError(f"holds more than {_MAX_CUES} cues", where=path)
    pieces = []
    for event in sorted(file, key=lambda event: (event.start, event.end)):
        if event.is_comment or event.is_drawing or event.end <= event.start or event.start < 0:
            continue
        speaker = event.name.strip()[:80] or None if kind in ("ass", "ssa") else None
        plain = event.plaintext
        voice = re.search("\ue000([^\ue001]*)\ue001", plain)
        if voice:
            speaker = voice[1].strip() or None
            plain = re.sub("\ue000[^\ue001]*\ue001", "", plain)
        plain = join_words(part.strip() for part in _TAG.sub("", plain).split("\n") if part.strip())
        if plain and not _NOTE.match(plain):
            pieces.append(Piece(event.start / 1000, event.end / 1000, plain, speaker=speaker))
    return pieces


def _read_json(path: Path, text: str) -> tuple[list[Piece], str | None]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise InputError("is not valid JSON", where=path) from exc
    try:
        if isinstance(data, dict) and isinstance(data.get("transcription"), list):
            return _whisper_cpp(data)
        rows = data.get("segments") if isinstance(data, dict) else data
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("it has no list of segments")
        if len(rows) > _MAX_CUES:
            raise ValueError(f"it holds more than {_MAX_CUES} segments")
        said = data.get("language") if isinstance(data, dict) else None
        return [_segment(row) for row in rows], said if isinstance(said, str) and said else None
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise InputError(
            f"is not the JSON of a Whisper program ({exc})", where=path, hint="it needs segments with start, end, text"
        ) from exc


def _seconds(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or not 0 <= number < 1e6:
        raise ValueError(f"{value!r} is not a time")
    return number


def _probability(row: dict[str, Any]) -> float | None:
    for key in ("probability", "score", "p"):
        if isinstance(row.get(key), int | float):
            return round(min(max(float(row[key]), 0.0), 1.0), 4)
    return None


def _segment(row: dict[str, Any]) -> Piece:
    start, end = _seconds(row["start"]), _seconds(row["end"])
    text = str(row["text"]).strip()
    words = _with_spaces(_words(row.get("words") or (), start, end), text)
    speaker = row.get("speaker")
    return Piece(start, max(start, end), text, words, str(speaker)[:80] if speaker else None)


def _words(rows: Any, start: float, end: float) -> tuple[Word, ...]:
    """Return a segment's words; those without times take a share of what their neighbours leave."""
    if not isinstance(rows, list | tuple) or not rows:
        return ()
    texts = [str(row.get("word", row.get("text", ""))) for row in rows]
    times = [
        (_seconds(row["start"]), _seconds(row["end"])) if "start" in row and "end" in row else None for row in rows
    ]
    words: list[Word] = []
    place = 0
    while place < len(rows):
        known = times[place]
        if known is not None:
            first, last = known
            probability = _probability(rows[place])
            words.append(Word(text=texts[place], start=first, end=max(first, last), probability=probability))
            place += 1
            continue
        stop = place
        while stop < len(rows) and times[stop] is None:
            stop += 1
        after = times[stop] if stop < len(rows) else None
        low, high = (words[-1].end if words else start), (after[0] if after is not None else end)
        words.extend(spread_words(texts[place:stop], low, max(low, high)))
        place = stop
    return tuple(words)


def _with_spaces(words: tuple[Word, ...], text: str) -> tuple[Word, ...]:
    """Give words the space before them that the segment's text has (some programs leave it off)."""
    place = 0
    made = []
    for word in words:
        found = text.find(word.text.strip(), place)
        if found > 0 and text[found - 1].isspace() and not word.text[:1].isspace():
            word = word.model_copy(update={"text": f" {word.text}"})
        place = found + len(word.text.strip()) if found >= 0 else place
        made.append(word)
    return tuple(made)


def _whisper_cpp(data: dict[str, Any]) -> tuple[list[Piece], str | None]:
    pieces = []
    for row in data["transcription"][: _MAX_CUES + 1]:
        start, end = (_seconds(row["offsets"][key]) / 1000 for key in ("from", "to"))
        tokens = [token for token in row.get("tokens", ()) if not str(token["text"]).startswith("[_")]
        whole = "".join(str(token["text"]) for token in tokens)
        words: tuple[Word, ...] = ()
        if tokens and "\ufffd" not in whole and whole.strip() == str(row["text"]).strip():
            timed = [
                {
                    "word": token["text"],
                    "start": token["offsets"]["from"] / 1000,
                    "end": token["offsets"]["to"] / 1000,
                    "p": token.get("p"),
                }
                for token in tokens
            ]
            words = _words(timed, start, end)
        pieces.append(Piece(start, max(start, end), str(row["text"]).strip(), words))
    result = data.get("result")
    said = result.get("language") if isinstance(result, dict) else None
    return pieces, said if isinstance(said, str) else None


def _sentences(pieces: Sequence[Piece], duration: float) -> tuple[Segment, ...]:
    """Return segments: cues of one speaker are joined to sentences where the file has final punctuation."""
    punctuated = sum(bool(_FINAL.search(piece.text.strip())) for piece in pieces) * 4 >= len(pieces)
    ordered = _ordered(pieces, duration)
    if not punctuated:
        return tuple(make_segment(words, speaker=piece.speaker) for piece, words in ordered if words)
    segments: list[Segment] = []
    group: list[tuple[Word, ...]] = []
    speaker: str | None = None
    for piece, words in ordered:
        if group and piece.speaker != speaker:
            segments.extend(make_segments(group, speaker=speaker))
            group = []
        speaker = piece.speaker
        if words:
            group.append(words)
    return (*segments, *make_segments(group, speaker=speaker))


def _ordered(pieces: Sequence[Piece], duration: float) -> list[tuple[Piece, tuple[Word, ...]]]:
    """Return every piece with its words, all of them in order and apart."""
    own = [_spelled(piece) or tuple(spread_words(split_words(piece.text), piece.start, piece.end)) for piece in pieces]
    flat = iter(order_words([word for words in own for word in words], duration))
    return [(piece, tuple(next(flat) for _ in words)) for piece, words in zip(pieces, own, strict=True)]


def _spelled(piece: Piece) -> tuple[Word, ...]:
    """Return a piece's own words, whole, where it has them."""
    if not piece.words:
        return ()
    from mediakit.speech.heard import Run
    from mediakit.speech.spelling import spell_run

    language = "zh" if _HAN.search(piece.text) else "und"
    return spell_run(Run(language=language, words=piece.words), simplified=False)
