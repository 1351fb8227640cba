"""From what was heard, or imported, to a transcript: spelling, order, glossary, style, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from mediakit.media.transcript import Correction, Doubt, Recogniser, Segment, Transcript, Word, join_words
from mediakit.speech.corrections import Corrected, Corrector
from mediakit.speech.finishing import Style, style_runs
from mediakit.speech.glossary import Glossary
from mediakit.speech.heard import Claim, Heard
from mediakit.speech.importing import Imported
from mediakit.speech.pauses import Pause
from mediakit.speech.sentences import make_segment, make_segments, order_words
from mediakit.speech.spelling import simplify, simplify_parts, spell_run
from mediakit.speech.verdicts import Verdicts, format_verdicts

NO_SPEECH = "no speech was found"


def compose_heard(
    sections: Sequence[Heard],
    *,
    duration: float,
    source_digest: str,
    recogniser: Recogniser,
    simplified: bool = True,
    glossary: Glossary | None = None,
    verdicts: Verdicts | None = None,
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
        glossary: whose forms replace what was misheard.
        verdicts: what a person decided about the glossary's corrections.
        style: how numbers and marks are written.
        pauses: silence of the voice, which tells where marks stand.
    """
    runs = [spell_run(run, simplified=simplified) for section in sections for run in section.runs]
    runs = _ordered(runs, duration)
    claims = [_spelled(claim, simplified=simplified) for section in sections for claim in section.claims]
    corrected = correct_runs(runs, glossary, verdicts, claims)
    languages = [run.language for section in sections for run in section.runs]
    runs, changed, told = style_runs(corrected.runs, languages, style or Style(), pauses)
    segments = make_segments([run for run in runs if run])
    warnings = [*(told if segments else [NO_SPEECH]), *_unmet(corrected, verdicts)]
    language, probability = _main_language(sections)
    corrections = [*corrected.corrections, *changed]
    return _finish(
        segments, corrections, corrected.doubts, warnings, language, probability, duration, source_digest, recogniser
    )


def compose_imported(
    imported: Imported,
    *,
    duration: float,
    source_digest: str,
    recogniser: Recogniser,
    simplified: bool = False,
    glossary: Glossary | None = None,
    verdicts: Verdicts | None = None,
    style: Style | None = None,
) -> Transcript:
    """Return the transcript that an imported file makes; see `compose_heard`."""
    segments = imported.segments
    if simplified and imported.language == "zh":
        segments = tuple(_simplified(segment) for segment in segments)
    corrected = correct_runs([segment.words for segment in segments], glossary, verdicts)
    language = imported.language
    languages = [language] * len(segments)
    runs, changed, told = style_runs(corrected.runs, languages, style or Style(punctuation=False))
    segments = tuple(
        segment if words == segment.words else make_segment(words, speaker=segment.speaker)
        for segment, words in zip(segments, runs, strict=True)
    )
    warnings = [*told, *_unmet(corrected, verdicts)]
    corrections = [*corrected.corrections, *changed]
    return _finish(
        segments, corrections, corrected.doubts, warnings, language, None, duration, source_digest, recogniser
    )


def propose_corrections(transcript: Transcript) -> str:
    """Return the text of ``corrections.yaml`` for a transcript that was made without verdicts."""
    made = [one for one in transcript.corrections if one.rule.startswith("glossary-")]
    return format_verdicts(made, transcript.doubts)


def correct_runs(
    runs: Sequence[tuple[Word, ...]],
    glossary: Glossary | None,
    verdicts: Verdicts | None = None,
    claims: Sequence[Claim] = (),
) -> Corrected:
    """Return the runs corrected by a glossary, if there is one."""
    if glossary is None:
        return Corrected(tuple(runs), (), ())
    return Corrector(glossary, verdicts).correct(runs, claims)


def _spelled(claim: Claim, *, simplified: bool) -> Claim:
    if not simplified:
        return claim
    return claim.model_copy(update={"before": simplify(claim.before), "after": simplify(claim.after)})


def _unmet(corrected: Corrected, verdicts: Verdicts | None) -> list[str]:
    """Return a warning for each verdict about a change that never came up."""
    unmet = verdicts.find_unmet(corrected.corrections, corrected.doubts) if verdicts else []
    return [f"the verdict `{one.verdict}` on {one.before} → {one.after} met nothing in what was heard" for one in unmet]


def _finish(
    segments: tuple[Segment, ...],
    corrections: Sequence[Correction],
    doubts: Sequence[Doubt],
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
        doubts=tuple(doubts),
        warnings=tuple(warnings),
    )


def _ordered(runs: Sequence[tuple[Word, ...]], duration: float) -> list[tuple[Word, ...]]:
    flat = iter(order_words([word for run in runs for word in run], duration))
    return [tuple(next(flat) for _ in run) for run in runs]


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
