"""Hearing windows: untold first, then with the names that are likely in them; what only the telling brought is undone.

A recogniser that is told a name hears it where something else was said. So every window is heard without names too
(the sound is encoded once), and a name that nothing in that hearing sounds like is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mediakit.media.transcript import Word
from mediakit.speech.guards import certainty, is_suspect, keep_spoken
from mediakit.speech.heard import Claim
from mediakit.speech.invented import undo_invented
from mediakit.speech.prompting import Prompter, join_forms
from mediakit.speech.recogniser import PROMPT_TOKENS, Encoded, HeardSegment, HeardWord, Question, Recogniser, Request
from mediakit.speech.spelling import simplify
from mediakit.speech.voice import Region, Window

PROMPTS = {"zh": "以下是普通话的句子，请加上标点。"}
"""What goes before a window, by language: simplified characters with punctuation."""

NO_REPEAT = 12
"""In a second hearing of a loop no run of so many tokens comes twice."""

_SURE = 0.5
_PASSED_OVER_S = 1.2
_WORSE = 0.05
_MARK = re.compile(r"[，。！？、；：,.!?;:…]\W*$")

Runs = list[tuple[Word, ...]]


@dataclass(frozen=True)
class Listening:
    """How a section is heard.

    Attributes:
        language: Whisper's code, or None to detect it.
        beam_size: 1 is greedy.
        hotwords: names and terms to prefer, most important first.
        vad: hear only where somebody speaks.
        condition: give what was said before as context: windows are heard one after another then, not together.
        plain: the engine's bare result: no prompt, no guards, no second hearing.
    """

    language: str | None = None
    beam_size: int = 5
    hotwords: tuple[str, ...] = ()
    vad: bool = True
    condition: bool = False
    plain: bool = False


@dataclass(frozen=True)
class Spoken:
    """A window, its sound ready to be heard, and its language."""

    window: Window
    encoded: Encoded
    language: str


@dataclass(frozen=True)
class HeardWindow:
    """What was heard in a window: runs of words, and names that were heard only when they were told."""

    runs: Runs
    claims: tuple[Claim, ...] = ()


def hear_windows(
    recogniser: Recogniser, spoken: Sequence[Spoken], how: Listening, prompter: Prompter, context: str = ""
) -> list[HeardWindow]:
    """Return what is said in windows that are heard together, with ``context`` before each."""
    asked = [_request(recogniser, how, one.language, "", context) for one in spoken]
    if prompter.fits_all and how.hotwords:
        asked = [replace(one, beam_size=1) for one in asked]  # a witness; the hearing that counts is told
    untold = _hear(recogniser, spoken, asked)
    told: list[tuple[str, ...]] = []
    for runs in untold:
        text = text_of(runs)
        told.append(prompter.choose_for(text) if text else ())
        prompter.note(text)
    made = [HeardWindow(runs) for runs in untold]
    again = [number for number, forms in enumerate(told) if forms]
    requests = [_request(recogniser, how, spoken[n].language, join_forms(told[n]), context) for n in again]
    heard = _hear(recogniser, [spoken[n] for n in again], requests)
    refused = []
    for number, runs in zip(again, heard, strict=True):
        if confidence(runs) < confidence(untold[number]) - _WORSE:
            refused.append(number)
        else:
            made[number] = HeardWindow(*undo_invented(runs, untold[number], told[number]))
    poor = [number for number in refused if asked[number].beam_size < how.beam_size]
    whole = [replace(asked[number], beam_size=how.beam_size) for number in poor]
    for number, runs in zip(poor, _hear(recogniser, [spoken[n] for n in poor], whole), strict=True):
        made[number] = HeardWindow(runs or untold[number])
    for number in again:
        prompter.note(text_of(made[number].runs))
    return _add_passed_over(recogniser, spoken, how, made)


def hear_whole(recogniser: Recogniser, window: Window, language: str, how: Listening, context: str) -> Runs:
    """Return what is said in a window of any length, as the engine finds its way through it."""
    request = _request(recogniser, how, language, join_forms(how.hotwords), context)
    segments = recogniser.recognise_long(window.samples, request)
    if how.plain:
        return [_on_clock(segment.words, window) for segment in segments if segment.words]
    return _kept(window, segments, request)


def _request(recogniser: Recogniser, how: Listening, language: str, hotwords: str, context: str) -> Request:
    if how.plain:
        return Request(language, how.beam_size, hotwords=hotwords, condition=how.condition, guarded=False)
    prompt = PROMPTS.get(language, "") + context
    if recogniser.count_tokens(f"{hotwords} {prompt}") > PROMPT_TOKENS:
        prompt = PROMPTS.get(language, "")
    return Request(language, how.beam_size, prompt, hotwords, how.condition, guarded=True)


def _hear(recogniser: Recogniser, spoken: Sequence[Spoken], requests: Sequence[Request]) -> list[Runs]:
    """Hear windows, those that loop or are unsure once more without context, and keep what was most likely said."""
    if not spoken:
        return []
    heard = list(
        recogniser.recognise([Question(one.encoded, asked) for one, asked in zip(spoken, requests, strict=True)])
    )
    poor = [number for number, segments in enumerate(heard) if is_suspect(segments)]
    if poor:
        second = recogniser.recognise([Question(spoken[n].encoded, _otherwise(requests[n])) for n in poor])
        for number, segments in zip(poor, second, strict=True):
            if certainty(segments) > certainty(heard[number]):
                heard[number] = segments
    return [_kept(one.window, segments, asked) for one, segments, asked in zip(spoken, heard, requests, strict=True)]


def _otherwise(request: Request) -> Request:
    """Return how to hear a window again: without names and context, and without long repetitions."""
    again = replace(request, prompt=PROMPTS.get(request.language, ""), hotwords="", condition=False)
    if again == replace(request, condition=False):
        again = replace(again, prompt="")
    return replace(again, no_repeat=NO_REPEAT)


def _kept(window: Window, segments: Sequence[HeardSegment], request: Request) -> Runs:
    kept = keep_spoken(segments, request.prompt + request.hotwords)
    return [_on_clock(words, window) for words in kept]


def text_of(runs: Sequence[Sequence[Word]]) -> str:
    """Return the runs' text, in simplified characters where it is Chinese."""
    text = "".join(word.text for run in runs for word in run)
    return simplify(text) if any("\u3400" <= character <= "\u9fff" for character in text) else text


def confidence(runs: Sequence[Sequence[Word]]) -> float:
    """Return the mean probability of the words; nothing heard has none."""
    known = [word.probability for run in runs for word in run if word.probability is not None]
    return sum(known) / len(known) if known else 0.0


def _add_passed_over(
    recogniser: Recogniser, spoken: Sequence[Spoken], how: Listening, made: Sequence[HeardWindow]
) -> list[HeardWindow]:
    """Hear once more the speech in each window in which no word was heard."""
    missed: list[tuple[int, Window]] = []
    for number, (one, heard) in enumerate(zip(spoken, made, strict=True)):
        for region in _passed_over(one.window.regions, [word for run in heard.runs for word in run]):
            missed.append((number, one.window.alone(region)))
    if not missed:
        return list(made)
    encoded = recogniser.encode([window.samples for _, window in missed])
    again = [
        Spoken(window, sound, spoken[number].language) for (number, window), sound in zip(missed, encoded, strict=True)
    ]
    found: list[Runs] = [list(heard.runs) for heard in made]
    requests = [_request(recogniser, how, one.language, "", "") for one in again]
    for (number, _), runs in zip(missed, _hear(recogniser, again, requests), strict=True):
        found[number] += [words for words in runs if confidence([words]) >= _SURE]
    return [
        HeardWindow(sorted(runs, key=lambda run: run[0].start), heard.claims)
        for runs, heard in zip(found, made, strict=True)
    ]


def _passed_over(regions: Sequence[Region], words: Sequence[Word]) -> list[Region]:
    """Return stretches of speech, a second and more long, in which no word was heard."""
    found = []
    for region in regions:
        edge = region.start
        inside = [word for word in words if word.end > region.start and word.start < region.end]
        for start, end in [*((word.start, word.end) for word in inside), (region.end, region.end)]:
            if start - edge >= _PASSED_OVER_S:
                found.append(Region(edge, start))
            edge = max(edge, end)
    return found


def _on_clock(words: Sequence[HeardWord], window: Window) -> tuple[Word, ...]:
    """Put words on the media's clock, without the silence that they reach into.

    A word's edge towards a silence is the less certain one: what follows a mark, or begins the run, belongs to the
    speech after the silence, and what has a mark, or ends the run, to the speech before.
    """
    made = []
    for number, word in enumerate(words):
        begins = number == 0 or bool(_MARK.search(words[number - 1].text))
        ends = number + 1 == len(words) or bool(_MARK.search(word.text))
        start, end = window.place(word.start, max(word.start, word.end), begins - ends)
        made.append(
            Word(
                text=word.text,
                start=round(max(0.0, start), 3),
                end=round(max(0.0, start, end), 3),
                probability=round(min(max(word.probability, 0.0), 1.0), 4),
            )
        )
    return tuple(made)
