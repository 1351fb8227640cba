"""Written form: numbers, dates, percentages and units as digits or in words, as a house's style wants it.

As digits (after GB/T 15835): years, dates, times of day, percentages, decimals, and numbers from ten on before a
measure. Counts below ten, ordinals, rough numbers (二十来个, 三五天, 几百) and sayings stay in words; 万 and 亿 stay as
units (四万八千 becomes 4.8万). Names and terms of the glossary are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from mediakit.media.transcript import Correction, Word, join_words
from mediakit.speech.numbers import NUMBER, read_chinese
from mediakit.speech.words import Passage, replace_passages

NumberStyle = Literal["kept", "digits", "words"]

_VALUES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "幺": 1}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_N = "[零〇一二两三四五六七八九十百千]"
_D = "[零〇一二三四五六七八九]"
_MEASURE = (
    "年|个月|天|小时|分钟|秒|岁|公里|千米|米|厘米|毫米|平方米|平方公里|公顷|亩|吨|公斤|千克|斤|克|升|元|块钱|美元|度|"
    "摄氏度|人|名|位|户|次|个|家|件|条|台|辆|头|只|棵|根|座|栋|场|页|集|倍|层|级|里"
)
_ROUGH = "来|多|几|余|把|上下|左右"
_SHARE = re.compile(rf"(?P<base>百|千)分之(?P<value>{_N}+(?:点{_D}+)?)")
_YEAR = re.compile(rf"(?<!{_D})(?P<value>[一二]{_D}{{3}})(?=年)")
_DATE = re.compile(
    rf"(?<!{_N})(?P<value>十[一二]|[一二三四五六七八九十])月(?P<day>(?:[二三]?十{_D}?|{_D}))(?P<mark>日|号)"
)
_CLOCK = re.compile(
    rf"(?<!{_N})(?P<value>二?十{_D}?|[零一二两三四五六七八九])点(?:(?P<minute>[二三四五]?十{_D}?|零{_D})分?)(?!{_N})"
)
_COUNT = re.compile(
    rf"(?<![第几好数上零〇一二两三四五六七八九十百千万亿点])(?P<value>{_N}+(?:点{_D}+)?)(?P<large>万亿|亿|万)?"
    rf"(?P<rest>(?<=万){_N}+|(?<=亿){_N}+)?(?=(?:{_MEASURE}))(?!(?:{_ROUGH}))"
)
_ROUGH_PAIR = re.compile(r"[一二两三四五六七八九][一二两三四五六七八九]")
_ENGLISH_ONES = {
    word: number
    for number, word in enumerate(
        """
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen
        """.split()  # noqa: SIM905
    )
} | {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
}
_ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ENGLISH_WORD = "|".join([*_ENGLISH_ONES, *_ENGLISH_SCALES])
_ENGLISH = re.compile(
    rf"\b(?:{_ENGLISH_WORD})(?:(?:[ -]|\sand\s)(?:{_ENGLISH_WORD}))*(?:\spoint(?:\s(?:{_ENGLISH_WORD}))+)?"
    r"(?P<share>\sper\s?cent\b)?",
    re.IGNORECASE,
)


def write_numbers(
    words: Sequence[Word], style: NumberStyle, *, language: str, terms: Sequence[str] = ()
) -> tuple[tuple[Word, ...], list[Correction]]:
    """Return words with numbers in the style that is wanted, and what was changed (rule ``numbers``).

    Args:
        words: one run, in order.
        style: ``kept`` changes nothing.
        language: ``zh`` or ``en``; other languages are left as they are.
        terms: names and terms that are not touched.
    """
    if style == "kept" or not words or language not in ("zh", "en"):
        return tuple(words), []
    text = join_words(word.text for word in words)
    held = _places(text, terms)
    passages = []
    for low, high, becomes in find_numbers(text, style, language):
        apart = not any(low < end and start < high for start, end in held)
        if apart and becomes != text[low:high]:
            passages.append(Passage(low, high, becomes))
            held.append((low, high))
    return replace_passages(words, text, sorted(passages, key=lambda p: p.start), "numbers")


def find_numbers(text: str, style: NumberStyle, language: str) -> list[tuple[int, int, str]]:
    """Return (start, end, becomes) of numbers in a text; where two reach over each other the first one counts."""
    if language == "en":
        return _english_digits(text) if style == "digits" else []
    if style == "words":
        found = ((m, read_chinese(m[0].strip(), text[m.end() : m.end() + 1])[0]) for m in re.finditer(NUMBER, text))
        return [(m.start(), m.start() + len(m[0].rstrip()), _in_words("".join(way), text, m.end())) for m, way in found]
    rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]] = [
        (_SHARE, lambda m: _digits(m["value"]) + ("%" if m["base"] == "百" else "‰")),
        (_YEAR, lambda m: "".join(str(_VALUES[c]) for c in m["value"])),
        (_DATE, lambda m: f"{_whole(m['value'])}月{_whole(m['day'])}{m['mark']}"),
        (_CLOCK, _write_clock),
        (_COUNT, _write_count),
    ]
    return [
        (found.start(), found.end(), becomes)
        for pattern, write in rules
        for found in pattern.finditer(text)
        if (becomes := write(found)) is not None
    ]


def _in_words(said: str, text: str, end: int) -> str:
    return said.replace("零", "〇") if text.startswith("年", end) and len(said) == 4 and "十" not in said else said


def _places(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for term in terms for m in re.finditer(re.escape(term), text)]


def _write_clock(found: re.Match[str]) -> str | None:
    hour, minute = _whole(found["value"]), _whole(found["minute"].lstrip("零") or "零")
    return f"{hour}:{minute:02d}" if hour < 25 and minute < 60 else None


def _write_count(found: re.Match[str]) -> str | None:
    value, large, rest = found["value"], found["large"] or "", found["rest"] or ""
    if _ROUGH_PAIR.search(value.partition("点")[0]):
        return None  # 三五天, 两三百人, and digits that are read one by one
    if not large:
        number = _digits(value)
        return number if "." in number or int(number) >= 10 else None
    if rest:
        total = _whole(value) * (10_000 if large == "万" else 100_000_000) + _rest(rest, large)
        unit = 10_000 if large == "万" else 100_000_000
        short = f"{total / unit:.4f}".rstrip("0").rstrip(".")
        return f"{short}{large}" if len(short.partition(".")[2]) <= 2 else str(total)
    return f"{_digits(value)}{large}"


def _rest(rest: str, large: str) -> int:
    """Return what stands after 万 or 亿; a lone digit is of the next lower unit (一万二 is 12000)."""
    if len(rest) == 1 and rest not in _POWERS:
        return _VALUES[rest] * (1000 if large == "万" else 10_000_000)
    return _whole(rest)


def _digits(said: str) -> str:
    whole, point, fraction = said.partition("点")
    return str(_whole(whole)) + ("." + "".join(str(_VALUES[c]) for c in fraction) if point else "")


def _whole(said: str) -> int:
    """Return the value of a number below ten thousand in Chinese; digits that are read one by one count as such."""
    if not any(c in _POWERS for c in said):
        return int("".join(str(_VALUES[c]) for c in said) or 0)
    total = digit = 0
    last = 1
    for character in said:
        if character in _POWERS:
            last = _POWERS[character]
            total += (digit or 1) * last
            digit = 0
        else:
            digit = _VALUES[character]
            last = 1 if character in "零〇" else last
    return total + digit * (last // 10 if digit and last >= 100 and said[-2:-1] not in ("零", "〇") else 1)


def _english_digits(text: str) -> list[tuple[int, int, str]]:
    made = []
    for found in _ENGLISH.finditer(text):
        body = found[0][: found.start("share") - found.start()] if found["share"] else found[0]
        whole, _, fraction = re.sub(r"[\s-]+", " ", body.lower()).partition(" point ")
        value = _english_value([word for word in whole.split() if word != "and"])
        if value is None or (value < 10 and not fraction and not found["share"]):
            continue
        number = str(value) if 1000 < value < 2100 and not found["share"] else f"{value:,}"
        if fraction:
            number += "." + "".join(str(_ENGLISH_ONES.get(word, "")) for word in fraction.split())
        made.append((found.start(), found.end(), number + ("%" if found["share"] else "")))
    return made


def _english_value(words: Sequence[str]) -> int | None:
    """Return the value of number words; None where they are not one number (one two three)."""
    total = group = 0
    before = ""
    for word in words:
        if word in _ENGLISH_ONES:
            value = _ENGLISH_ONES[word]
            if before in _ENGLISH_ONES and not (_ENGLISH_ONES[before] >= 20 and value < 10):
                return None
            group += value
        elif word == "hundred":
            group = max(1, group) * 100
        else:
            total += max(1, group) * _ENGLISH_SCALES[word]
            group = 0
        before = word
    return total + group
