"""Text units that a line break never splits: words, numbers with their units, names, short titles.

Each unit carries its times, the text that is shown under the profile's punctuation rules, and what breaking a line
or a cue after it costs (`mediakit.subtitles.phrases`).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediakit.subtitles.characters import (
    HAN,
    KANA,
    OPENING,
    PREFIXES,
    QUOTES,
    Counting,
    is_cjk,
    is_punctuation,
    measure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mediakit.media.alignment import Times
    from mediakit.tools.segmenter import Segmenter

_LETTER = rf"(?![{HAN}{KANA}])[^\W_]"
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<han>[{HAN}]+)|(?P<kana>[{KANA}]+)"
    rf"|(?P<word>{_LETTER}(?:(?:{_LETTER})|(?<=\d)[.,:](?=\d)|['’\-.&@/_+](?={_LETTER})|[\u0300-\u036f])*[%％‰°℃]*)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"[\d.,:/]*\d[%％‰]?")
_LATIN_UNITS = re.compile(
    r"[kcm]?m|k?g|t|[kMG]?W|kWh|V|A|[kMG]?Hz|[KMGT]B|fps|mph|km/h|ha|mu|m?[lL]|°C|℃|%|percent"
    r"|thousand|million|billion|trillion"
)
_CHINESE_UNITS = re.compile(
    r"[多余来几]?(?:[十百千万亿]+)?(?:[年月日号点时分秒岁元角块米里斤吨克度倍次个位名家人口户亩届层楼代辈座条天周载页集期版]"
    r"|公里|千米|厘米|毫米|公斤|千克|公顷|平方|立方|摄氏度|美元|小时|分钟|周年|世纪|年代|月份|层|号线|[根棵颗把张只头匹架艘辆栋间所处段幅件套本册部篇封支杯瓶碗对双批群种类项场阵趟遍回圈步])?"
)
_POINTERS = re.compile("[那这每某各第]|唯一|前|后|上|下|近|约|共|仅|达|超|超过|大约|将近|不到")
"""Words that lean on the number or measure after them: 那一面, 每一个, 唯一一位."""
_COMPLEMENTS = re.compile("[起上下进出回过][来去]|起|成|到|给")
"""Complements that belong to the verb before them: 加起来, 走过去, 看到."""


@dataclass
class Unit:
    """An unbreakable piece of text.

    Attributes:
        head: opening marks as written.
        core: the word or words as written.
        tail: closing marks as written.
        start: seconds at which it begins to be said.
        end: seconds at which it has been said.
        position: where its core begins in the passage's text.
        stop: where its core ends there.
        tags: parts of speech of its first and last word (empty where unknown).
        spaced: a space follows in the text.
        shown: the text on the screen.
        joint: what stands between it and the next unit on one line: a space or nothing.
        width: counted characters of ``shown``.
        joint_width: counted characters of ``joint``.
        cost: what a break after it costs, 0 (best) to 100; more only in need.
        parts: the words that it was made of, for when it is too long for a line.
    """

    head: str
    core: str
    tail: str
    start: float
    end: float
    position: int = 0
    stop: int = 0
    tags: tuple[str, str] = ("", "")
    spaced: bool = False
    shown: str = ""
    joint: str = ""
    width: float = 0.0
    joint_width: float = 0.0
    cost: float = 50.0
    parts: tuple[Unit, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The unit as written."""
        return self.head + self.core + self.tail


def split_units(text: str, times: Sequence[Times], segmenter: Segmenter | None) -> list[Unit]:
    """Return the words of a passage with their marks attached; ``times`` has one entry a character."""
    units: list[Unit] = []
    head = ""
    for kind, token, tag, position in _tokens(text, segmenter):
        if kind == "space":
            if units and not head:
                units[-1].spaced = True
        elif kind == "mark" and (_opens(token, text, position) or not units):
            head += token
        elif kind == "mark" and not head:
            units[-1].tail += token
        elif kind == "mark":
            head += token
        else:
            span = times[position : position + len(token)]
            stop = position + len(token)
            units.append(Unit(head, token, "", span[0][0], span[-1][1], position, stop, (tag, tag)))
            head = ""
    if head and units:
        units[-1].tail += head
    return units


def _tokens(text: str, segmenter: Segmenter | None) -> Iterator[tuple[str, str, str, int]]:
    for match in _TOKEN.finditer(text):
        kind, position = str(match.lastgroup), match.start()
        if kind == "han" and segmenter is not None:
            for token in segmenter.split(match.group()):
                yield "word", token.text, token.tag, position
                position += len(token.text)
        elif kind == "han":
            yield from (("word", character, "", position + k) for k, character in enumerate(match.group()))
        elif kind in ("kana", "word"):
            tag = "m" if _NUMBER.fullmatch(match.group()) else "eng"
            yield "word", match.group(), tag, position
        else:
            yield kind, match.group(), "x", position


def _opens(mark: str, text: str, position: int) -> bool:
    if mark in OPENING or mark in PREFIXES:
        return True
    if mark in "\"'":
        before = text[position - 1 : position]
        after = text[position + 1 : position + 2]
        return (not before or before.isspace() or before in OPENING) and bool(after) and not after.isspace()
    return mark in "-–@" and text[position + 1 : position + 2].isalnum() and not text[position - 1 : position].strip()


def join_inseparable(units: Sequence[Unit], fits: Callable[[str], bool]) -> list[Unit]:
    """Return units with numbers and their units, and names, joined; ``fits`` tells what a line holds."""
    joined: list[Unit] = []
    for unit in units:
        if joined and _sticks(joined[-1], unit) and fits(joined[-1].text + unit.text):
            joined[-1] = merge_units(joined[-1], unit)
        else:
            joined.append(unit)
    return joined


def merge_units(first: Unit, second: Unit) -> Unit:
    """Return one unit made of two neighbours."""
    between = first.tail + (" " if first.spaced else "") + second.head
    return Unit(
        first.head,
        first.core + between + second.core,
        second.tail,
        first.start,
        second.end,
        first.position,
        second.stop,
        (first.tags[0], second.tags[1]),
        second.spaced,
        parts=(first.parts or (first,)) + (second.parts or (second,)),
    )


def _sticks(first: Unit, second: Unit) -> bool:
    if first.tail in ("·", "•") and not second.head:
        return True
    if first.tail or second.head:
        return False
    left, right = first.tags[1], second.tags[0]
    if left in ("m", "mq") and is_cjk(second.core[0]) and not first.spaced:
        measured = right in ("q", "m", "mq") or (right != "uj" and _fits_unit(second.core))
        return measured
    if left == "m" and _NUMBER.fullmatch(first.core):
        if _LATIN_UNITS.fullmatch(second.core):
            return True
        return first.spaced and is_cjk(second.core[0]) and (right in ("q", "m") or _fits_unit(second.core))
    counted = right in ("m", "mq", "q") or second.core[0] in "一两几"
    if counted and not first.spaced and _POINTERS.fullmatch(first.core):
        return True
    if left[:1] == "v" and not first.spaced and _COMPLEMENTS.fullmatch(second.core):
        return True
    return not first.spaced and left in ("nr", "nrt") and right in ("nr", "nrt") and len(first.core) <= 2


def _fits_unit(word: str) -> bool:
    return bool(word) and _CHINESE_UNITS.fullmatch(word) is not None


def split_overlong(units: Sequence[Unit], fits: Callable[[str], bool]) -> list[Unit]:
    """Return units that all fit a line: what is too long falls into its words, then into characters."""
    result: list[Unit] = []
    for unit in units:
        if fits(unit.text):
            result.append(unit)
        elif unit.parts:
            result += split_overlong(unit.parts, fits)
        else:
            result += _split_characters(unit, fits)
    return result


def _split_characters(unit: Unit, fits: Callable[[str], bool]) -> list[Unit]:
    pieces: list[str] = []
    piece = ""
    for character in unit.text:
        if piece and not fits(piece + character):
            pieces.append(piece)
            piece = ""
        piece += character
    pieces.append(piece)
    step = (unit.end - unit.start) / len(pieces)
    made = []
    position = unit.position
    for k, piece in enumerate(pieces):
        start, stop = unit.start + k * step, position + len(piece)
        made.append(Unit("", piece, "", start, start + step, position, stop, unit.tags))
        position = stop
    made[-1].spaced = unit.spaced
    return made


def show_units(units: Sequence[Unit], punctuation: str, keep: str, counting: Counting) -> None:
    """Fill in what is shown of each unit and what joins it to the next, under a profile's punctuation rule.

    Under ``none`` a mark that is not in ``keep`` leaves a space where it stood.
    """
    for unit in units:
        parts = (unit.head, unit.core, unit.tail)
        if punctuation == "none":
            unit.shown = " ".join("".join(drop_marks(part, keep) for part in parts).split())
        else:
            unit.shown = unit.text
        unit.width = measure(unit.shown, counting)
    for unit, following in itertools.pairwise(units):
        marks = unit.tail + following.head if punctuation == "none" else ""
        dropped = any(is_punctuation(mark) and mark not in keep and mark not in QUOTES for mark in marks)
        unit.joint = " " if (unit.spaced or dropped) and not _touches(unit, following) else ""
        unit.joint_width = measure(unit.joint, counting)


def drop_marks(text: str, keep: str) -> str:
    """Return text with a space for every mark that is not in ``keep``; quotes leave none; marks in Latin words stay."""
    made = []
    for i, character in enumerate(text):
        inner = 0 < i < len(text) - 1 and all(c.isalnum() and not is_cjk(c) for c in (text[i - 1], text[i + 1]))
        dropped = is_punctuation(character) and character not in keep and not inner
        made.append(("" if character in QUOTES else " ") if dropped else character)
    return "".join(made)


def _touches(unit: Unit, following: Unit) -> bool:
    """Tell whether a full-width mark between two units brings its own space."""
    return unit.shown[-1:] in tuple("，。、；：？！…—》」』）”’") or following.shown[:1] in tuple("《「『（“‘")
