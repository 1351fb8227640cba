"""Hearing one section: find speech, hear it window by window, guard, and put words on the media's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mediakit.media.transcript import Word
from mediakit.speech.guards import certainty, is_suspect, keep_spoken
from mediakit.speech.heard import Heard, Run
from mediakit.speech.prompting import Prompter, join_forms
from mediakit.speech.recogniser import PROMPT_TOKENS, HeardSegment, HeardWord, Recogniser, Request
from mediakit.speech.sound import RATE, Stretch
from mediakit.speech.spelling import simplify
from mediakit.speech.voice import Region, Window, find_speech, make_windows

PROMPTS = {"zh": "以下是普通话的句子，请加上标点。"}
"""What goes before the first window, by language: simplified characters with punctuation."""

_ENOUGH_S = 60.0
_SECOND_LANGUAGE = 0.04
_SURE = 0.5
_CONTEXT_CHARACTERS = 60
_CONTEXT_GAP_S = 30.0
_SHORTEST_S = 1.0
_PASSED_OVER_S = 1.2
_WORSE = 0.05


@dataclass(frozen=True)
class Listening:
    """How a section is heard.

    Attributes:
        language: Whisper's code, or None to detect it.
        beam_size: 1 is greedy.
        hotwords: names and terms to prefer, most important first.
        vad: hear only where somebody speaks.
        condition: give what was said before as context.
        plain: the engine's bare result: no prompt, no guards, no second hearing.
    """

    language: str | None = None
    beam_size: int = 5
    hotwords: tuple[str, ...] = ()
    vad: bool = True
    condition: bool = True
    plain: bool = False


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
    windows = _windows(stretch, how)
    speech_s = sum(region.end - region.start for window in windows for region in window.regions)
    language, probability, windows_by_language = _languages(recogniser, windows, how)
    prompter = Prompter(how.hotwords, recogniser, max(PROMPTS.values(), key=recogniser.count_tokens))
    runs: list[Run] = []
    for window, spoken in windows_by_language:
        context = _context(runs, window, spoken) if how.condition and not how.plain else ""
        heard = _hear_told(recogniser, window, how, spoken, context, prompter)
        runs += [Run(language=spoken, words=words) for words in heard]
        if on_seconds is not None:
            on_seconds(window.sound.end)
    return Heard(language=language, language_probability=round(probability, 4), speech_s=speech_s, runs=tuple(runs))


def _windows(stretch: Stretch, how: Listening) -> tuple[Window, ...]:
    if how.vad:
        return make_windows(stretch, find_speech(stretch))
    if not len(stretch.samples):
        return ()
    return (Window(stretch, (Region(stretch.start, stretch.end),)),)


def _languages(
    recogniser: Recogniser, windows: Sequence[Window], how: Listening
) -> tuple[str, float, list[tuple[Window, str]]]:
    """Return the section's language, its probability, and each window with its own language."""
    if how.language is not None or not windows:
        return how.language or "und", 1.0 if how.language else 0.0, [(w, how.language or "en") for w in windows]
    totals: dict[str, float] = {}
    heard_s = 0.0
    found: list[dict[str, float]] = []
    for window in windows:
        languages = recogniser.detect_language(window.sound.samples)
        found.append(languages)
        seconds = sum(region.end - region.start for region in window.regions)
        if heard_s < _ENOUGH_S:
            heard_s += seconds
            for code, probability in languages.items():
                totals[code] = totals.get(code, 0.0) + probability * seconds
    language = max(totals, key=lambda code: totals[code])
    parted = [
        part
        for window, languages in zip(windows, found, strict=True)
        for part in _part_languages(recogniser, window, languages, language)
    ]
    return language, min(1.0, totals[language] / max(heard_s, 1e-6)), parted


def _part_languages(
    recogniser: Recogniser, window: Window, found: dict[str, float], main: str
) -> list[tuple[Window, str]]:
    """Cut a window where its regions are in different languages, if a second language is likely at all."""
    ranked = sorted(found, key=lambda code: -found[code])
    own = ranked[0] if found[ranked[0]] >= _SURE else main
    second = next((code for code in ranked if code != own), own)
    if found[second] < _SECOND_LANGUAGE or len(window.regions) < 2:
        return [(window, own)]
    spoken: list[str] = []
    for region in window.regions:
        low, high = (round((t - window.sound.start) * RATE) for t in (region.start, region.end))
        likely = recogniser.detect_language(window.sound.samples[low:high])
        choice = own if likely.get(own, 0.0) >= likely.get(second, 0.0) else second
        sure = likely.get(choice, 0.0) >= _SURE and region.end - region.start >= _SHORTEST_S
        spoken.append(choice if sure or not spoken else spoken[-1])
    parts: list[tuple[list[Region], str]] = []
    for region, code in zip(window.regions, spoken, strict=True):
        if parts and parts[-1][1] == code:
            parts[-1][0].append(region)
        else:
            parts.append(([region], code))
    return [(_cut_window(window, regions), code) for regions, code in parts] if len(parts) > 1 else [(window, own)]


def _cut_window(window: Window, regions: Sequence[Region]) -> Window:
    first, last = window.regions.index(regions[0]), window.regions.index(regions[-1])
    start, end = window.sound.start, window.sound.end
    if first:
        start = (window.regions[first - 1].end + regions[0].start) / 2
    if last + 1 < len(window.regions):
        end = (regions[-1].end + window.regions[last + 1].start) / 2
    low, high = round((start - window.sound.start) * RATE), round((end - window.sound.start) * RATE)
    sound = Stretch(window.sound.start + low / RATE, window.sound.samples[low:high])
    return Window(sound, tuple(regions))


def _context(runs: Sequence[Run], window: Window, language: str) -> str:
    """Return the end of what was said shortly before in the same language."""
    if not runs or runs[-1].language != language or window.sound.start - runs[-1].words[-1].end > _CONTEXT_GAP_S:
        return ""
    limit = _CONTEXT_CHARACTERS if language in PROMPTS else 3 * _CONTEXT_CHARACTERS
    text = ""
    for run in reversed(runs):
        said = "".join(word.text for word in run.words)
        if run.language != language or len(said) + len(text) > limit:
            break
        text = said + text
    return simplify(text) if language == "zh" else text


def _request(recogniser: Recogniser, how: Listening, language: str, hotwords: str, context: str) -> Request:
    if how.plain:
        return Request(language, how.beam_size, hotwords=hotwords, condition=how.condition, guarded=False)
    prompt = PROMPTS.get(language, "") + context
    if recogniser.count_tokens(f"{hotwords} {prompt}") > PROMPT_TOKENS:
        prompt = PROMPTS.get(language, "")
    return Request(language, how.beam_size, prompt, hotwords, how.condition, guarded=True)


def _hear_told(
    recogniser: Recogniser, window: Window, how: Listening, language: str, context: str, prompter: Prompter
) -> list[tuple[Word, ...]]:
    """Hear a window with the forms that are likely in it; once more if it sounds like others than it was told."""
    told = prompter.choose()
    words = _hear_all(recogniser, window, _request(recogniser, how, language, join_forms(told), context), how)
    text = _text_of(words)
    if not prompter.fits_all and text and not how.plain and set(prompter.find_likely(text)) - set(told):
        told = prompter.choose_for(text)
        again = _hear_all(recogniser, window, _request(recogniser, how, language, join_forms(told), context), how)
        if _confidence(again) >= _confidence(words) - _WORSE:
            words = again
    prompter.note(_text_of(words))
    return words


def _text_of(runs: Sequence[Sequence[Word]]) -> str:
    text = "".join(word.text for run in runs for word in run)
    return simplify(text) if any("\u3400" <= character <= "\u9fff" for character in text) else text


def _confidence(runs: Sequence[Sequence[Word]]) -> float:
    """Return the mean probability of the words; nothing heard has none."""
    known = [word.probability for run in runs for word in run if word.probability is not None]
    return sum(known) / len(known) if known else 0.0


def _hear_all(recogniser: Recogniser, window: Window, request: Request, how: Listening) -> list[tuple[Word, ...]]:
    """Hear a window, and once more the speech in it that was passed over."""
    runs = _hear_window(recogniser, window, request, how)
    if how.plain or not how.vad:
        return runs
    for region in _passed_over(window.regions, [word for run in runs for word in run]):
        low, high = (round((time - window.sound.start) * RATE) for time in (region.start, region.end))
        sound = Stretch(window.sound.start + low / RATE, window.sound.samples[low:high])
        again = replace(request, prompt=PROMPTS.get(request.language, ""))
        for words in _hear_window(recogniser, Window(sound, (region,)), again, how):
            if sum(word.probability or 0.0 for word in words) / len(words) >= _SURE:
                runs.append(words)
    return sorted(runs, key=lambda run: run[0].start)


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


def _hear_window(recogniser: Recogniser, window: Window, request: Request, how: Listening) -> list[tuple[Word, ...]]:
    segments = recogniser.recognise(window.sound.samples, request)
    if how.plain:
        spoken = tuple(segment.words for segment in segments if segment.words)
    else:
        if is_suspect(segments):
            segments = _better(recogniser, window, request, segments)
        spoken = keep_spoken(segments, request.prompt + request.hotwords)
    regions = window.regions if how.vad else ()
    return [tuple(_on_clock(word, window, regions) for word in words) for words in spoken]


def _better(
    recogniser: Recogniser, window: Window, request: Request, first: tuple[HeardSegment, ...]
) -> tuple[HeardSegment, ...]:
    """Hear a window again without context, and return the more certain of both."""
    again = replace(request, prompt=PROMPTS.get(request.language, ""), hotwords="", condition=False)
    if again == request:
        again = replace(again, prompt="", beam_size=1 if request.beam_size > 1 else 5)
    second = recogniser.recognise(window.sound.samples, again)
    return second if certainty(second) > certainty(first) else first


def _on_clock(word: HeardWord, window: Window, regions: Sequence[Region]) -> Word:
    """Put a word on the media's clock, without the silence that it reaches into."""
    zero = window.sound.start
    start, end = zero + word.start, zero + max(word.start, word.end)
    start, end = min(start, window.sound.end), min(end, window.sound.end)
    overlaps = [(min(end, r.end) - max(start, r.start), r) for r in regions]
    most, region = max(overlaps, key=lambda item: item[0], default=(0.0, None))
    if region is not None and most > 0.02:
        start, end = max(start, region.start), min(end, region.end)
    return Word(
        text=word.text,
        start=round(max(0.0, start), 3),
        end=round(max(0.0, start, end), 3),
        probability=round(min(max(word.probability, 0.0), 1.0), 4),
    )
