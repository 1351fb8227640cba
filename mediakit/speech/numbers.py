"""Numbers as they are said, so that ``12公里`` and ``十二公里``, ``20 years`` and ``twenty years`` compare as equal.

Some can be said in more than one way (``2000年``: 二零零零年, 两千年): `read_chinese` and `read_english` give all of
them, the usual one first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?(?:[:：]\d\d(?!\d)|[/／]\d+)?(?:st|nd|rd|th)?\s?[%％‰]?"
"""A number as a text holds it: thousands with commas, decimals, times of day, fractions, ordinals, percentages."""

_DIGITS = "零一二三四五六七八九"
_SMALL = ("", "十", "百", "千")
_LARGE = ("", "万", "亿", "万亿")
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
""".split()  # noqa: SIM905
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SCALES = ("", "thousand", "million", "billion", "trillion")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_MOST_DIGITS = 12
_PARTS = re.compile(
    r"(?P<number>[\d,]+(?:\.\d+)?)(?:[:：](?P<minutes>\d\d)|[/／](?P<below>\d+))?(?P<ordinal>st|nd|rd|th)?"
    r"\s?(?P<share>[%％‰])?"
)

UNITS_CHINESE = {
    "km": "公里",
    "km/h": "公里每小时",
    "m": "米",
    "cm": "厘米",
    "mm": "毫米",
    "m²": "平方米",
    "㎡": "平方米",
    "km²": "平方公里",
    "m³": "立方米",
    "kg": "公斤",
    "g": "克",
    "t": "吨",
    "l": "升",
    "ml": "毫升",
    "kw": "千瓦",
    "℃": "摄氏度",
    "°c": "摄氏度",
    "°": "度",
}
"""Units as they are read after a number in Chinese; letters in lower case."""

UNITS_ENGLISH = {
    "km": "kilometres",
    "km/h": "kilometres an hour",
    "m": "metres",
    "cm": "centimetres",
    "mm": "millimetres",
    "kg": "kilograms",
    "mph": "miles an hour",
    "ft": "feet",
    "lb": "pounds",
    "℃": "degrees celsius",
    "°c": "degrees celsius",
    "°f": "degrees fahrenheit",
    "°": "degrees",
}
"""Units as they are read after a number in English; letters in lower case."""


def say_chinese(number: str) -> list[str]:
    """Return the characters that a number of digits (``12``, ``1.5``, ``48,000``) is read with.

    Years (four digits below 2100), a leading zero and long numbers are read digit by digit.
    """
    whole, _, fraction = number.replace(",", "").partition(".")
    said = _say_digits(whole) if _is_said_by_digits(whole) else say_chinese_value(whole)
    return said + (["点", *_say_digits(fraction)] if fraction else [])


def _is_said_by_digits(digits: str) -> bool:
    if len(digits) > _MOST_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return True
    return len(digits) == 4 and 1000 < int(digits) < 2100 and digits[2:] != "00"


def _say_digits(digits: str) -> list[str]:
    return [_DIGITS[int(d)] for d in digits]


def say_chinese_value(digits: str) -> list[str]:
    """Return the characters that digits are read with as a quantity: ``2006`` as 二千零六."""
    if len(digits) > _MOST_DIGITS + 4:
        return _say_digits(digits)
    if not digits or int(digits) == 0:
        return ["零"]
    digits = str(int(digits))
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    said = ""
    for level in range(len(groups) - 1, -1, -1):
        value = int(groups[level])
        if value == 0:
            continue
        if said and value < 1000:
            said += "零"
        said += _say_group(value) + _LARGE[level]
    return list(said[1:] if said.startswith("一十") else said)


def _say_group(value: int) -> str:
    said = ""
    for power in range(3, -1, -1):
        digit = value // 10**power % 10
        if digit:
            if said and not said.endswith("零") and value // 10 ** (power + 1) % 10 == 0:
                said += "零"
            said += _DIGITS[digit] + _SMALL[power]
    return said


def read_chinese(token: str, following: str = "") -> list[list[str]]:
    """Return the ways in which a number can be read, the usual one first.

    Args:
        token: what `NUMBER` found.
        following: what stands after it; 年 makes it a year.
    """
    parts = _PARTS.match(token)
    assert parts is not None
    number = parts["number"]
    whole = number.replace(",", "").partition(".")[0]
    if parts["share"]:
        part = "千分之" if parts["share"] == "‰" else "百分之"
        return [[*part, *_say_quantity(number)]]
    if parts["minutes"] is not None:
        return _read_time(whole, parts["minutes"])
    if parts["below"] is not None:
        below, above = say_chinese_value(parts["below"]), say_chinese_value(whole)
        return [[*below, "分", "之", *above], [*above, "比", *below]]
    ways = [say_chinese(number), _say_quantity(number)]
    if "." not in number and "," not in number and len(whole) > 1:
        by_digits = _say_digits(whole)
        spelled = ["幺" if one == "一" else one for one in by_digits]
        is_year = following.startswith("年") and len(whole) in (2, 4)
        ways = [by_digits, *ways] if is_year and len(whole) == 4 else [*ways, by_digits]
        ways.append(spelled)
    return _unlike(ways)


def _say_quantity(number: str) -> list[str]:
    whole, _, fraction = number.replace(",", "").partition(".")
    return say_chinese_value(whole) + (["点", *_say_digits(fraction)] if fraction else [])


def _read_time(hours: str, minutes: str) -> list[list[str]]:
    said = say_chinese_value(hours)
    if minutes == "00":
        return [[*said, "点"], [*said, "点", "整"]]
    tens = (["零"] if minutes[0] == "0" else []) + say_chinese_value(minutes)
    ways = [[*said, "点", *tens], [*said, "点", *tens, "分"]]
    if minutes == "30":
        ways.append([*said, "点", "半"])
    return [*ways, [*said, "比", *say_chinese_value(minutes)]]


def _unlike(ways: Sequence[list[str]]) -> list[list[str]]:
    made: list[list[str]] = []
    for way in ways:
        if way not in made:
            made.append(way)
    return made


def say_english(number: str) -> list[str]:
    """Return the words that a number of digits is read with: ``30,000`` as thirty, thousand."""
    whole, _, fraction = number.replace(",", "").partition(".")
    said = _say_english_value(whole)
    return said + (["point", *(_ONES[int(d)] for d in fraction)] if fraction else [])


def _say_english_value(digits: str) -> list[str]:
    if len(digits) > _MOST_DIGITS:
        return [_ONES[int(d)] for d in digits]
    said: list[str] = []
    value = int(digits or 0)
    for level in range(len(_SCALES) - 1, -1, -1):
        group = value // 1000**level % 1000
        if group:
            said += _say_hundreds(group) + ([_SCALES[level]] if level else [])
    return said or ["zero"]


def _say_hundreds(value: int) -> list[str]:
    said = [_ONES[value // 100], "hundred"] if value >= 100 else []
    rest = value % 100
    if rest >= 20:
        said.append(_TENS[rest // 10])
        rest %= 10
    return said + ([_ONES[rest]] if rest else [])


def read_english(token: str) -> list[list[str]]:
    """Return the ways in which a number can be read in English, the usual one first."""
    parts = _PARTS.match(token)
    assert parts is not None
    number = parts["number"]
    whole = number.replace(",", "").partition(".")[0]
    ways = [say_english(number)]
    if parts["minutes"] is not None:
        minutes = (
            ["o", *_say_hundreds(int(parts["minutes"]))]
            if parts["minutes"][0] == "0"
            else (_say_hundreds(int(parts["minutes"])))
        )
        hours = _say_english_value(whole)
        return [[*hours, "o'clock"], hours] if parts["minutes"] == "00" else [[*hours, *minutes]]
    if parts["below"] is not None:
        return [
            [*ways[0], "over", *_say_english_value(parts["below"])],
            [*ways[0], *_say_english_value(parts["below"])],
        ]
    if "." not in number and "," not in number and len(whole) == 4 and 1000 < int(whole) < 2100:
        ways += _read_english_year(whole)
    if "hundred" in ways[0] or (len(whole) > 3 and 0 < int(whole[-3:]) < 100):
        ways.append(_with_and(ways[0]))
    if parts["ordinal"]:
        ways = [[*way[:-1], _ordinal(way[-1])] for way in ways]
    if parts["share"]:
        ways = [[*way, *(("per", "thousand") if parts["share"] == "‰" else ("percent",))] for way in ways]
        ways += [[*way[:-1], "per", "cent"] for way in ways if way[-1] == "percent"]
    return _unlike(ways)


def _read_english_year(digits: str) -> list[list[str]]:
    century, rest = _say_hundreds(int(digits[:2])), int(digits[2:])
    if rest == 0:
        return [[*century, "hundred"]]
    return [[*century, *(["o"] if rest < 10 else []), *_say_hundreds(rest)]]


def _with_and(said: Sequence[str]) -> list[str]:
    place = max((n for n, word in enumerate(said[:-1]) if word in ("hundred", "thousand")), default=-1)
    return [*said[: place + 1], "and", *said[place + 1 :]] if place >= 0 else list(said)


def _ordinal(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"
