"""From what was heard, or imported, to a transcript: spelling, order, glossary, style, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from mediakit.media.transcript import Correction, Recogniser, Segment, Transcript, Word, join_words
from mediakit.speech.finishing import Style, style_runs
from mediakit.speech.glossary import Glossary, correct_wrong_forms
from mediakit.speech.heard import Heard
from mediakit.speech.importing import Imported
from mediakit.speech.pauses import Pause
from mediakit.speech.sentences import make_segment, make_segments, order_words
from mediakit.speech.spelling import simplify_parts, spell_run

NO_SPEECH = "no speech was found"


def compose_heard(
    sections: Sequence[Heard],
    *,
    duration: float,
    source_digest: str,
    recogniser: Recogniser,
    simplified: bool = True,
    glossary: Glossary | None = None,
    style: Style | None = None,
    pauses: Sequence[Pause] = (),
) -> Transcript:
    """Return the transcript of sections that were heard, in order.

    Args:
        sections: one or more.
        duration: the media's length in seconds.
        source_digest: SHA-256 of the media file.
        recogniser: what heard them.
        simplified: write Mandarin in simplified characters.
        glossary: whose wrong forms are replaced.
        style: how numbers and marks are written.
        pauses: silence of the voice, which tells where marks stand.
    """
    runs = [spell_run(run, simplified=simplified) for section in sections for run in section.runs]
    runs = _ordered(runs, duration)
    corrections: list[Correction] = []
    if glossary is not None:
        runs, corrections = _correct(runs, glossary)
    languages = [run.language for section in sections for run in section.runs]
    runs, changed, warnings = style_runs(runs, languages, style or Style(), pauses)
    segments = make_segments([run for run in runs if run])
    warnings = warnings if segments else [NO_SPEECH]
    language, probability = _main_language(sections)
    corrections = [*corrections, *changed]
    return _finish(segments, corrections, warnings, language, probability, duration, source_digest, recogniser)


def compose_imported(
    imported: Imported,
    *,
    duration: float,
    source_digest: str,
    recogniser: Recogniser,
    simplified: bool = False,
    glossary: Glossary | None = None,
    style: Style | None = None,
) -> Transcript:
    """Return the transcript that an imported file makes; see `compose_heard`."""
    segments = imported.segments
    if simplified and imported.language == "zh":
        segments = tuple(_simplified(segment) for segment in segments)
    corrections: list[Correction] = []
    runs = [segment.words for segment in segments]
    if glossary is not None:
        runs, corrections = _correct(runs, glossary)
    runs, changed, warnings = style_runs(runs, [imported.language] * len(runs), style or Style(punctuation=False))
    segments = tuple(
        segment if words == segment.words else make_segment(words, speaker=segment.speaker)
        for segment, words in zip(segments, runs, strict=True)
    )
    corrections = [*corrections, *changed]
    return _finish(segments, corrections, warnings, imported.language, None, duration, source_digest, recogniser)


def _finish(
    segments: tuple[Segment, ...],
    corrections: list[Correction],
    warnings: list[str],
    language: str,
    probability: float | None,
    duration: float,
    source_digest: str,
    recogniser: Recogniser,
) -> Transcript:
    return Transcript(
        language=language,
        language_probability=probability,
        duration=round(duration, 3),
        source_digest=source_digest,
        recogniser=recogniser,
        segments=segments,
        corrections=tuple(sorted(corrections, key=lambda c: (c.start, c.end, c.rule))),
        warnings=tuple(warnings),
    )


def _ordered(runs: Sequence[tuple[Word, ...]], duration: float) -> list[tuple[Word, ...]]:
    flat = iter(order_words([word for run in runs for word in run], duration))
    return [tuple(next(flat) for _ in run) for run in runs]


def _correct(runs: Sequence[tuple[Word, ...]], glossary: Glossary) -> tuple[list[tuple[Word, ...]], list[Correction]]:
    made: list[tuple[Word, ...]] = []
    corrections: list[Correction] = []
    for run in runs:
        words, found = correct_wrong_forms(run, glossary)
        made.append(words)
        corrections += found
    return made, corrections


def _simplified(segment: Segment) -> Segment:
    texts = simplify_parts([word.text for word in segment.words])
    words = tuple(w.model_copy(update={"text": text}) for w, text in zip(segment.words, texts, strict=True))
    return segment.model_copy(update={"words": words, "text": join_words(texts)})


def _main_language(sections: Sequence[Heard]) -> tuple[str, float | None]:
    """Return the language of most speech, and how sure it is."""
    spoken = [section for section in sections if section.runs]
    if not spoken:
        known = [section.language for section in sections if section.language != "und"]
        return (known[0] if known else "und"), None
    seconds: dict[str, float] = {}
    for section in spoken:
        seconds[section.language] = seconds.get(section.language, 0.0) + section.speech_s
    language = max(seconds, key=lambda code: seconds[code])
    sure = sum(s.language_probability * s.speech_s for s in spoken if s.language == language)
    return language, round(sure / max(seconds[language], 1e-9), 4)
