"""Numbers as they are said, so that ``12公里`` and ``十二公里``, ``20 years`` and ``twenty years`` compare as equal."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_SMALL = ("", "十", "百", "千")
_LARGE = ("", "万", "亿", "万亿")
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
""".split()  # noqa: SIM905
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SCALES = ("", "thousand", "million", "billion", "trillion")
_MOST_DIGITS = 12


def say_chinese(number: str) -> list[str]:
    """Return the characters that a number of digits (``12``, ``1.5``, ``48,000``) is read with.

    Years (four digits below 2100), a leading zero and long numbers are read digit by digit.
    """
    whole, _, fraction = number.replace(",", "").partition(".")
    said = _say_chinese_whole(whole)
    return said + (["点", *(_DIGITS[int(d)] for d in fraction)] if fraction else [])


def _say_chinese_whole(digits: str) -> list[str]:
    if len(digits) > _MOST_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return [_DIGITS[int(d)] for d in digits]
    if len(digits) == 4 and 1000 < int(digits) < 2100 and digits[2:] != "00":
        return [_DIGITS[int(d)] for d in digits]
    if not digits or int(digits) == 0:
        return ["零"]
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


def say_english(number: str) -> list[str]:
    """Return the words that a number of digits is read with: ``30,000`` as thirty, thousand."""
    whole, _, fraction = number.replace(",", "").partition(".")
    if len(whole) > _MOST_DIGITS:
        return [_ONES[int(d)] for d in whole]
    said: list[str] = []
    value = int(whole or 0)
    for level in range(len(_SCALES) - 1, -1, -1):
        group = value // 1000**level % 1000
        if group:
            said += _say_hundreds(group) + ([_SCALES[level]] if level else [])
    said = said or ["zero"]
    return said + (["point", *(_ONES[int(d)] for d in fraction)] if fraction else [])


def _say_hundreds(value: int) -> list[str]:
    said = [_ONES[value // 100], "hundred"] if value >= 100 else []
    rest = value % 100
    if rest >= 20:
        said.append(_TENS[rest // 10])
        rest %= 10
    return said + ([_ONES[rest]] if rest else [])
