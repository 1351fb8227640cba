"""Plain text in ASS events and back: what the format reads as commands is escaped."""

from __future__ import annotations

from collections.abc import Sequence

_GUARD = "\u2060"
"""Word joiner: keeps a backslash from joining the next letter into a command, and has no width."""


def escape_ass(lines: Sequence[str], *, drawn: bool = False) -> str:
    """Return an event's text that shows ``lines`` as they are: braces, backslashes and line ends escaped.

    Args:
        lines: the lines.
        drawn: the text is drawn at once, never read back: a backslash becomes the full-width one, which needs no guard.
    """
    return r"\N".join(_escape_line(line, "＼" if drawn else "\\" + _GUARD) for line in lines)


def mark_karaoke(words: Sequence[tuple[str, int]], end: int, *, drawn: bool = False) -> str:
    r"""Return words with ``\k`` before each: how long until the next one, in hundredths of a second.

    Words of the same moment share one mark: libass takes a mark of no length for a part of the one before.

    Args:
        words: each with the hundredths after the event's start at which it is highlighted, ascending.
        end: hundredths at which the event ends.
        drawn: as in `escape_ass`.
    """
    groups: list[tuple[str, int]] = []
    for text, start in words:
        shown = escape_ass([text], drawn=drawn)
        if groups and groups[-1][1] >= start:
            groups[-1] = (groups[-1][0] + shown, groups[-1][1])
        else:
            groups.append((shown, start))
    starts = [*(start for _, start in groups[1:]), max(end, (groups[-1][1] if groups else 0) + 1)]
    made = rf"{{\k{groups[0][1]}}}" if groups and groups[0][1] else ""
    return made + "".join(
        rf"{{\k{following - start}}}{text}" for (text, start), following in zip(groups, starts, strict=True)
    )


def _escape_line(line: str, backslash: str) -> str:
    made = line.replace("\\", backslash).replace("{", r"\{").replace("}", r"\}")
    return made.replace("\r", " ").replace("\n", " ")


def plain_ass(text: str) -> list[str]:
    r"""Return the lines that an event's text shows: override blocks left out, ``\N``, ``\n`` and ``\h`` read.

    Drawings (``\p1``) show no text.
    """
    lines, line, drawing, i = [], "", False, 0
    while i < len(text):
        pair = text[i : i + 2]
        if pair in ("\\N", "\\n"):
            lines.append(line)
            line, i = "", i + 2
        elif pair == "\\h":
            line, i = line + "\u00a0", i + 2
        elif pair in ("\\{", "\\}"):
            line, i = line + pair[1], i + 2
        elif pair == "\\" + _GUARD:
            line, i = line + "\\", i + 2
        elif text[i] == "{" and (close := text.find("}", i)) > 0:
            drawing = _draws(text[i:close], drawing)
            i = close + 1
        else:
            line, i = line + ("" if drawing else text[i]), i + 1
    return [*lines, line]


def _draws(block: str, drawing: bool) -> bool:
    at = block.rfind("\\p")
    return drawing if at < 0 or not block[at + 2 : at + 3].isdigit() else block[at + 2] != "0"
