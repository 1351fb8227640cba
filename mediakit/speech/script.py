"""The script as a text: sentences in order and who says them.

A paragraph a line, ``说话人：正文`` names the speaker, ``【…】`` and ``（…）`` on a line of their own are directions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.texts import read_text
from mediakit.speech.matching import split_units

_MAX_BYTES = 4 << 20
_MAX_SENTENCES = 50_000
_SPEAKER = re.compile(
    r"^\s*([^\s：:，。！？、,.!?【】（）()][^：:，。！？、,.!?【】（）()]{0,39}?)\s*[：:]\s*(?=\S)(?!//)"
)
_DIRECTION = re.compile(r"^\s*(【[^】]*】|\[[^\]]*\]|（[^）]*）|\([^)]*\)|#{1,6}\s.*|[-=*_—]{3,})\s*$")
_INSIDE = re.compile(r"【[^】]{0,200}】|\[[^\]]{0,200}\]")
_SENTENCE = re.compile(r".+?(?:[。！？!?…]+[”’\"'）)」』]*|(?<![A-Z])\.[”’\"')]*(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One sentence of a script and who says it."""

    text: str
    speaker: str | None


@dataclass(frozen=True)
class Script:
    """A script's sentences in order."""

    lines: tuple[Line, ...]


def read_script(path: Path) -> Script:
    """Read a script.

    Raises:
        InputError: unreadable, too large, or without any sentence.
    """
    lines: list[Line] = []
    for paragraph in read_text(path, _MAX_BYTES).split("\n"):
        if not paragraph.strip() or _DIRECTION.match(paragraph):
            continue
        speaker = None
        said = _SPEAKER.match(paragraph)
        if said:
            speaker, paragraph = said[1].strip(), paragraph[said.end() :]
        text = _INSIDE.sub("", paragraph).strip()
        sentences = (match[0].strip() for match in _SENTENCE.finditer(text))
        lines += [Line(sentence, speaker) for sentence in sentences if split_units(sentence, chinese=True)]
    if not lines:
        raise InputError("holds no sentence", where=path, hint="a script is plain text, a paragraph a line")
    if len(lines) > _MAX_SENTENCES:
        raise InputError(f"holds more than {_MAX_SENTENCES} sentences", where=path)
    return Script(tuple(lines))
