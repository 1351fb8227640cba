"""Punctuation for Mandarin that came without any: from the pauses of the voice, and words at the edges of clauses.

Where marks stand is chosen over the whole passage at the least cost (dynamic programming over the gaps between
words): a pause, a particle that ends a clause or a conjunction that begins one speak for a mark, very short and very
long clauses against it. How long a pause must be to end a sentence is told by the programme's own pauses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mediakit.media.transcript import Word
from mediakit.speech.edges import Gap, assign_pauses
from mediakit.speech.pauses import Pause

SPARSE = 1 / 40
"""Fewer marks than this for each Chinese character count as none."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_MARK = re.compile(r"[，。！？、；：,.!?;:…]")
_LEAST_HAN = 12
_OPENERS = tuple(
    """
    但是 可是 不过 然而 所以 因此 因为 由于 如果 要是 虽然 尽管 即使 而且 并且 同时 然后 接着 后来 于是 另外 此外
    其实 当然 比如 例如 就是说 也就是说 特别是 尤其是 这时 这样 那么 为了 通过 随着 只要 只有 无论 不管 哪怕 甚至 还有
    """.split()  # noqa: SIM905
)
_CLOSERS = tuple("了 的话 时候 之后 以后 之前 以前 来说 而言 吧 呢 啊 嘛 呀 吗 么 啦 呗".split())  # noqa: SIM905
_QUESTION = re.compile(r"(吗|么|嘛)$|(什么|怎么|谁|哪里|哪儿|多少|几时|为何|为什么|怎样|如何)[^，。]{0,6}(呢)?$|呢$")
_NO_QUESTION = re.compile(r"(什么|这么|那么|多么)$|着呢$|还.{0,4}呢$")
_NEVER_BEFORE = "的了着过吗呢吧啊嘛呀地得们么"
_NEVER_AFTER = "的把被在从向对和与或及很更最太不没也都就才再又是有这那每一"
_DETERMINERS = ("这个", "那个", "一个", "这些", "那些", "什么", "怎么")
_FULL_PAUSE_S = 0.16
_SURE_GAP_S = 0.35
_SENTENCE_S = 0.42
_BETWEEN_S = (0.2, 0.7)
_APART = 1.25
_SHORT, _LONG, _TOO_LONG = 3, 14, 26


@dataclass(frozen=True)
class _Place:
    """What speaks for a mark after a word: the pause there (seconds), and words around it."""

    pause: float
    words: float


def needs_marks(words: Sequence[Word]) -> bool:
    """Tell whether words are Mandarin without punctuation to speak of."""
    text = "".join(word.text for word in words)
    han = len(_HAN.findall(text))
    return han >= _LEAST_HAN and han * 2 > len(text) and len(_MARK.findall(text)) < SPARSE * han


def restore_marks(runs: Sequence[Sequence[Word]], pauses: Sequence[Pause] = ()) -> list[tuple[Word, ...]]:
    """Return runs of words; those that need marks (`needs_marks`) get commas, full stops and question marks.

    Args:
        runs: Mandarin, in order of time.
        pauses: silence of the voice; without any the gaps between words are taken.
    """
    bare = [number for number, run in enumerate(runs) if needs_marks(run)]
    silence = {number: _silence(runs[number], pauses) for number in bare}
    limit = _sentence_pause([length for own in silence.values() for length in own[:-1]])
    return [_mark(run, silence[n], limit) if n in silence else tuple(run) for n, run in enumerate(runs)]


def _mark(words: Sequence[Word], silence: Sequence[float], limit: float) -> tuple[Word, ...]:
    text = "".join(word.text for word in words)
    ends = _ends(words)
    inside = _inside_words(text)
    places = [_Place(silence[n], -9.0 if ends[n] in inside else _tell(text, ends[n])) for n in range(len(words))]
    stops = _choose(places, [ends[n] - (ends[n - 1] if n else 0) for n in range(len(words))])
    made = []
    start = 0
    for number, word in enumerate(words):
        if number not in stops:
            made.append(word)
            continue
        final = number == len(words) - 1 or silence[number] >= limit
        clause = text[start : ends[number]]
        mark = ("？" if _asks(clause) else "。") if final else "，"
        made.append(word if _MARK.search(word.text[-1:]) else word.model_copy(update={"text": word.text + mark}))
        start = ends[number]
    return tuple(made)


def _inside_words(text: str) -> set[int]:
    """Return the places in a text that lie inside a word, where no mark can stand."""
    from mediakit.tools.segmenter import shared_segmenter

    inside: set[int] = set()
    place = 0
    for token in shared_segmenter().split(text):
        inside.update(range(place + 1, place + len(token.text)))
        place += len(token.text)
    return inside


def _asks(clause: str) -> bool:
    return bool(_QUESTION.search(clause)) and not _NO_QUESTION.search(clause)


def _ends(words: Sequence[Word]) -> list[int]:
    ends, place = [], 0
    for word in words:
        place += len(word.text)
        ends.append(place)
    return ends


def _silence(words: Sequence[Word], pauses: Sequence[Pause]) -> list[float]:
    """Return the seconds of silence after each word."""
    lengths = [max(0.0, after.start - before.end) for before, after in pairwise(words)]
    lengths.append(9.0)
    if not pauses:
        return lengths
    near = [p for p in pauses if p.steady and words[0].start - 0.5 < p.end and p.start < words[-1].end + 0.5]
    gaps = [Gap(float("-inf"), words[0].start, "sentence")]
    gaps += [Gap(a.end, b.start, "clause") for a, b in pairwise(words)]
    gaps.append(Gap(words[-1].end, float("inf"), "sentence"))
    found = [length if length >= _SURE_GAP_S else 0.0 for length in lengths]
    for gap, own in assign_pauses(gaps, near).items():
        if 0 < gap < len(words):
            found[gap - 1] = own[-1].end - own[0].start
    return found


def _sentence_pause(lengths: Sequence[float]) -> float:
    """Return the least pause that ends a sentence: where the short ones leave off, if there are two kinds."""
    known = sorted(length for length in lengths if length >= _FULL_PAUSE_S / 2)
    for number, (low, high) in enumerate(pairwise(known), 1):
        middle = math.sqrt(low * high)
        enough = number >= 0.2 * len(known) and len(known) - number >= 0.1 * len(known)
        if len(known) >= 6 and enough and _BETWEEN_S[0] <= middle <= _BETWEEN_S[1] and high >= _APART * low:
            return middle
    return _SENTENCE_S


def _tell(text: str, place: int) -> float:
    """Return what the words around a place say about a mark there: positive for, negative against."""
    before, after = text[:place], text[place:]
    if not after:
        return 9.0
    if after[0] in _NEVER_BEFORE:
        return -2.0
    told = 0.0
    if before[-1] in _NEVER_AFTER or before.endswith(_DETERMINERS):
        told -= 1.0
    if any(after.startswith(word) for word in _OPENERS):
        told += 0.8
    if any(before.endswith(word) for word in _CLOSERS):
        told += 0.4
    return told


def _choose(places: Sequence[_Place], sizes: Sequence[int]) -> set[int]:
    """Return after which words marks stand, at the least cost."""
    ends = [0]
    for size in sizes:
        ends.append(ends[-1] + size)
    best: list[tuple[float, int]] = [(0.0, -1)]
    for number, place in enumerate(places, 1):
        worth = min(1.5, place.pause / _FULL_PAUSE_S) + place.words - 0.9
        found = (float("inf"), -1)
        for start in range(number - 1, -1, -1):
            length = ends[number] - ends[start]
            if length > 2 * _TOO_LONG and start < number - 1:
                break
            cost = best[start][0] - worth + _clause_cost(length)
            found = min(found, (cost, start))
        best.append(found)
    stops: set[int] = set()
    at = len(places)
    while at > 0:
        stops.add(at - 1)
        at = best[at][1]
    return stops


def _clause_cost(length: int) -> float:
    if length < _SHORT:
        return 0.25 * (_SHORT - length)
    if length <= _LONG:
        return 0.0
    return 0.06 * (length - _LONG) + (0.3 * (length - _TOO_LONG) if length > _TOO_LONG else 0.0)
