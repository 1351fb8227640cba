"""Hearing one section: find speech, hear it window by window, and put words on the media's clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mediakit.speech.heard import Claim, Heard, Run
from mediakit.speech.hearing import PROMPTS, Listening, Spoken, hear_whole, hear_windows
from mediakit.speech.prompting import Prompter
from mediakit.speech.recogniser import Encoded, Recogniser
from mediakit.speech.sound import RATE, Stretch
from mediakit.speech.spelling import simplify
from mediakit.speech.voice import Region, Window, find_speech, make_windows

AT_ONCE = 16
"""Windows that are held at once; those of a batch know of each other only what was heard of them untold."""

_ENOUGH_S = 60.0
_SECOND_LANGUAGE = 0.04
_SURE = 0.5
_CONTEXT_CHARACTERS = 60
_CONTEXT_GAP_S = 30.0
_SHORTEST_S = 1.0


@dataclass(frozen=True)
class _Known:
    """A window that is ready to be heard, and how likely its languages are, where that was asked."""

    encoded: Encoded
    languages: Mapping[str, float] = field(default_factory=dict)


def hear_section(
    recogniser: Recogniser, stretch: Stretch, how: Listening, on_seconds: Callable[[float], None] | None = None
) -> Heard:
    """Return what is said in a stretch of sound.

    Args:
        recogniser: the loaded engine.
        stretch: the section's sound.
        how: how to listen.
        on_seconds: called with the time (seconds on the media's clock) that was reached; may raise to stop.
    """
    if not how.vad or how.plain:
        return _hear_all(recogniser, stretch, how, on_seconds)
    regions = find_speech(stretch, recogniser.window_s)
    windows = make_windows(stretch, regions, recogniser.window_s)
    speech_s = sum(window.speech_s for window in windows)
    known: dict[int, _Known] = {}
    language, probability = how.language or "und", 1.0 if how.language else 0.0
    if how.language is None and windows:
        language, probability, known = _find_language(recogniser, windows)
    prompter = Prompter(how.hotwords, recogniser, max(PROMPTS.values(), key=recogniser.count_tokens))
    runs: list[Run] = []
    claims: list[Claim] = []
    size = 1 if how.condition else AT_ONCE
    for first in range(0, len(windows), size):
        batch = windows[first : first + size]
        wanted = [number for number in range(first, first + len(batch)) if number not in known]
        for number, encoded in zip(wanted, recogniser.encode([windows[n].samples for n in wanted]), strict=True):
            known[number] = _Known(encoded)
        spoken = [
            part
            for number, window in enumerate(batch, first)
            for part in _spoken(recogniser, window, known.pop(number), how, language)
        ]
        for together in [[one] for one in spoken] if how.condition else [spoken]:
            context = _context(runs, together[0].window, together[0].language) if how.condition else ""
            for part, heard in zip(together, hear_windows(recogniser, together, how, prompter, context), strict=True):
                runs += [Run(language=part.language, words=words) for words in heard.runs]
                claims += heard.claims
        if on_seconds is not None:
            on_seconds(batch[-1].end)
    return Heard(
        language=language,
        language_probability=round(probability, 4),
        speech_s=speech_s,
        runs=tuple(runs),
        claims=tuple(claims),
        speech=tuple((round(region.start, 3), round(region.end, 3)) for region in regions),
    )


def _hear_all(
    recogniser: Recogniser, stretch: Stretch, how: Listening, on_seconds: Callable[[float], None] | None
) -> Heard:
    """Hear a stretch as the engine goes through it: all of it, or with ``vad`` window by window."""
    windows = make_windows(stretch, find_speech(stretch)) if how.vad else ()
    if not how.vad and len(stretch.samples):
        windows = (Window((stretch,), (Region(stretch.start, stretch.end),)),)
    runs: list[Run] = []
    language, probability = how.language or "und", 1.0 if how.language else 0.0
    if how.language is None and windows:
        language, probability, _ = _find_language(recogniser, windows)
    for window in windows:
        context = _context(runs, window, language) if how.condition and not how.plain else ""
        runs += [
            Run(language=language, words=words) for words in hear_whole(recogniser, window, language, how, context)
        ]
        if on_seconds is not None:
            on_seconds(window.end)
    speech_s = sum(window.speech_s for window in windows)
    return Heard(language=language, language_probability=round(probability, 4), speech_s=speech_s, runs=tuple(runs))


def _find_language(recogniser: Recogniser, windows: Sequence[Window]) -> tuple[str, float, dict[int, _Known]]:
    """Return the language of the first minute of speech, its probability, and the windows that were encoded for it."""
    totals: dict[str, float] = {}
    first: list[Window] = []
    heard_s = 0.0
    for window in windows:
        first.append(window)
        heard_s += window.speech_s
        if heard_s >= _ENOUGH_S:
            break
    known: dict[int, _Known] = {}
    for number, encoded in enumerate(recogniser.encode([window.samples[: 30 * RATE] for window in first])):
        known[number] = _Known(encoded, recogniser.detect_language(encoded))
        for code, probability in known[number].languages.items():
            totals[code] = totals.get(code, 0.0) + probability * first[number].speech_s
    language = max(totals, key=lambda code: totals[code])
    return language, min(1.0, totals[language] / max(heard_s, 1e-6)), known


def _spoken(recogniser: Recogniser, window: Window, known: _Known, how: Listening, main: str) -> list[Spoken]:
    """Return a window with its language; where it is not given, cut where its regions are in different ones."""
    if how.language is not None:
        return [Spoken(window, known.encoded, how.language)]
    found = known.languages or recogniser.detect_language(known.encoded)
    ranked = sorted(found, key=lambda code: -found[code])
    own = ranked[0] if found[ranked[0]] >= _SURE else main
    second = next((code for code in ranked if code != own), own)
    if found[second] < _SECOND_LANGUAGE or len(window.regions) < 2:
        return [Spoken(window, known.encoded, own)]
    cut = [window.alone(region).samples for region in window.regions]
    languages: list[str] = []
    for region, likely in zip(window.regions, map(recogniser.detect_language, recogniser.encode(cut)), strict=True):
        choice = own if likely.get(own, 0.0) >= likely.get(second, 0.0) else second
        sure = likely.get(choice, 0.0) >= _SURE and region.end - region.start >= _SHORTEST_S
        languages.append(choice if sure or not languages else languages[-1])
    parts: list[tuple[list[Region], str]] = []
    for region, code in zip(window.regions, languages, strict=True):
        if parts and parts[-1][1] == code:
            parts[-1][0].append(region)
        else:
            parts.append(([region], code))
    if len(parts) == 1:
        return [Spoken(window, known.encoded, own)]
    windows = [window.cut(regions) for regions, _ in parts]
    return [
        Spoken(part, sound, code)
        for part, sound, (_, code) in zip(
            windows, recogniser.encode([one.samples for one in windows]), parts, strict=True
        )
    ]


def _context(runs: Sequence[Run], window: Window, language: str) -> str:
    """Return the end of what was said shortly before in the same language."""
    if not runs or runs[-1].language != language or window.start - runs[-1].words[-1].end > _CONTEXT_GAP_S:
        return ""
    limit = _CONTEXT_CHARACTERS if language in PROMPTS else 3 * _CONTEXT_CHARACTERS
    text = ""
    for run in reversed(runs):
        said = "".join(word.text for word in run.words)
        if run.language != language or len(said) + len(text) > limit:
            break
        text = said + text
    return simplify(text) if language == "zh" else text
