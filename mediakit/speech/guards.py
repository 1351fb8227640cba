"""Guards against invented words: loops, echoes of the prompt, notes about sounds, words over silence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediakit.speech.recogniser import HeardSegment, HeardWord

LOOPED = 2.4
"""Text that compresses better than this repeats itself (OpenAI's own limit)."""

UNSURE = -1.0
"""Below this mean log probability a window is heard again (OpenAI's own limit)."""

_MOST_REPEATS = 4
_LONGEST_UNIT = 12
_FASTEST = 16.0
_MARKS = re.compile(r"[^\w]+", re.UNICODE)
_NOTE = re.compile(r"^\W*[\[(（【♪*].*[\])）】♪*]\W*$", re.DOTALL)
_STOCK = re.compile(
    r"字幕(由|by|志愿者|製作|制作)|amara\.?org|請不吝|请不吝|點贊.{0,3}訂閱|点赞.{0,3}订阅|明鏡與點點|明镜与点点|"
    r"thank(s| you)( very much| so much)? for (watching|listening|joining)|please subscribe|"
    r"ご視聴ありがとう|subtitles by|transcription by|多謝您?收睇|谢谢(大家)?(收看|观看)$",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Return a text's letters and digits alone, in lower case."""
    return _MARKS.sub("", text).lower()


def is_suspect(segments: Sequence[HeardSegment]) -> bool:
    """Tell whether a window should be heard again without context: it loops, or the engine is unsure."""
    return any(s.compression > LOOPED or s.log_probability < UNSURE for s in segments)


def certainty(segments: Sequence[HeardSegment]) -> float:
    """Return a figure to compare two hearings of a window by; higher is better."""
    if not segments:
        return -10.0
    total = sum(len(s.words) or 1 for s in segments)
    mean = sum(s.log_probability * (len(s.words) or 1) for s in segments) / total
    return mean - (5.0 if any(s.compression > LOOPED for s in segments) else 0.0)


def keep_spoken(segments: Sequence[HeardSegment], given: str) -> tuple[tuple[HeardWord, ...], ...]:
    """Return the words of the segments that were most likely said.

    Args:
        segments: one window's.
        given: all text that the engine was given beforehand.
    """
    told = plain(given)
    kept = []
    for segment in segments:
        words = () if _is_invented(segment, told) else collapse_loops(segment.words)
        if words:
            kept.append(words)
    return tuple(kept)


def _is_invented(segment: HeardSegment, told: str) -> bool:
    text = plain(segment.text)
    if not text or not segment.words or _NOTE.match(segment.text.strip()):
        return True
    probability = sum(word.probability for word in segment.words) / len(segment.words)
    seconds = segment.words[-1].end - segment.words[0].start
    return (
        (segment.no_speech > 0.6 and segment.log_probability < -0.6)
        or (segment.no_speech > 0.3 and segment.compression > LOOPED)
        or (bool(_STOCK.search(segment.text)) and (probability < 0.75 or segment.no_speech > 0.3))
        or (len(text) >= 6 and text in told and probability < 0.8)
        or (len(segment.words) <= 3 and probability < 0.25)
        or (len(text) >= 4 and len(segment.words) > _FASTEST * max(seconds, 0.02))
    )


def collapse_loops(words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
    """Return the words with any phrase that is said more than four times in a row said once."""
    kept = list(words)
    for size in range(1, _LONGEST_UNIT + 1):
        place = 0
        while place + size * (_MOST_REPEATS + 1) <= len(kept):
            unit = [plain(word.text) for word in kept[place : place + size]]
            end = place + size
            while [plain(word.text) for word in kept[end : end + size]] == unit:
                end += size
            if any(unit) and (end - place) // size > _MOST_REPEATS:
                del kept[place + size : end]
            place += 1
    return tuple(kept)
