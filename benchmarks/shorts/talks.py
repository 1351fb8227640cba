"""Reading the marked talks beside this file: words with times from a written text, and an editor's choice as spans.

A talk is lines of ``speaker: what is said``. ``[[ number reason`` and ``]]`` stand around what an editor would publish.
Lines of one speaker that follow each other are one turn, so that marks leave no trace in the words or their times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word

HERE = Path(__file__).parent
TUNED = ("craft_zh", "panel_zh", "ferry_zh", "talk_en")
"""Talks that the scorer was built with."""
HELD_OUT = ("doctor_zh", "oral_en", "kennedy_en")
"""Talks that it ran on once, for the final figure."""

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9](?:[\w'’.,\-]*\w)?|\S")
_SENTENCE_END = "。？！?!."


@dataclass(frozen=True)
class Talk:
    """A talk: its words, what an editor chose (as ``shorts.yaml``), and why, by id."""

    name: str
    transcript: Transcript
    chosen: ShortsList
    reasons: dict[str, str]

    def without_speakers(self) -> Talk:
        """Return the talk as a recogniser hears it that does not tell voices apart."""
        segments = tuple(segment.model_copy(update={"speaker": None}) for segment in self.transcript.segments)
        return replace(self, transcript=self.transcript.model_copy(update={"segments": segments}))


def read_talk(name: str) -> Talk:
    """Return a talk as if it had been said.

    Speed: 4.4 Chinese characters a second, an English word 0.13 s and 0.055 s a letter; each sentence up to 12 % faster
    or slower; pauses of 0.12 to 0.4 s at marks inside a sentence, 0.35 to 1 s between sentences, 0.4 to 1.4 s between
    speakers. The numbers are drawn by a generator that the talk's name seeds; marks play no part in them.
    """
    turns, marks = _read_lines(HERE / f"{name}.txt")
    chance = Random(name)
    segments: list[Segment] = []
    starts: list[float] = []
    ends: list[float] = []
    now = 0.8
    for speaker, lines in turns:
        for line in lines:
            for sentence in _split(line):
                segment, now = _say(sentence, speaker, now, chance)
                segments.append(segment)
                now += chance.uniform(0.35, 1.0)
            ends.append(segments[-1].end)
            starts.append(segments[-len(_split(line))].start)
        now += chance.uniform(0.4, 1.4)
    language = name.rpartition("_")[2]
    recogniser = Recogniser(engine="import")
    transcript = Transcript(language=language, duration=now, recogniser=recogniser, segments=tuple(segments))
    shorts = [
        Short(id=f"choice-{k}", spans=(ShortSpan(start=starts[first], end=ends[last]),))
        for k, (first, last, _) in enumerate(marks, 1)
    ]
    reasons = {f"choice-{k}": reason for k, (_, _, reason) in enumerate(marks, 1)}
    return Talk(name, transcript, ShortsList(language=language, shorts=tuple(shorts)), reasons)


def _read_lines(path: Path) -> tuple[list[tuple[str, list[str]]], list[tuple[int, int, str]]]:
    turns: list[tuple[str, list[str]]] = []
    marks: list[tuple[int, int, str]] = []
    count, opened = 0, (0, "")
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[["):
            opened = (count, line[2:].strip())
        elif line == "]]":
            marks.append((opened[0], count - 1, opened[1]))
        else:
            speaker, said = re.split("[：:] ?", line, maxsplit=1)
            if turns and turns[-1][0] == speaker:
                turns[-1][1].append(said)
            else:
                turns.append((speaker, [said]))
            count += 1
    return turns, marks


def _split(line: str) -> list[str]:
    return [
        part.strip() for part in re.findall(r".+?(?:[。？！?!]+|(?<!Mrs)(?<!Mr)\.(?=\s|$)|$)", line) if part.strip()
    ]


def _say(sentence: str, speaker: str, now: float, chance: Random) -> tuple[Segment, float]:
    pace = chance.uniform(0.88, 1.12)
    words: list[Word] = []
    for token in _TOKEN.findall(sentence):
        if not token[0].isalnum():
            now += 0.0 if token in _SENTENCE_END else chance.uniform(0.12, 0.4)
            continue
        length = pace * (0.227 if "\u4e00" <= token[0] <= "\u9fff" else 0.13 + 0.055 * len(token))
        words.append(Word(text=token, start=round(now, 3), end=round(now + length, 3)))
        now += length
    said = Segment(start=words[0].start, end=words[-1].end, text=sentence, words=tuple(words), speaker=speaker)
    return said, now
