"""The last hand on a transcript: style of numbers and marks, the script, edges from the sound, characters, wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.media.scriptreport import ScriptReport
from mediakit.media.transcript import Correction, Doubt, Segment, Transcript, Word, join_words
from mediakit.speech.characters import Characters, convert_parts, is_traditional
from mediakit.speech.edges import fit_segments
from mediakit.speech.following import Followed, follow_script
from mediakit.speech.pauses import Pause
from mediakit.speech.punctuation import needs_marks, restore_marks
from mediakit.speech.reporting import report_script
from mediakit.speech.script import Script
from mediakit.speech.wording import Wording, built_in_wording, find_wordings
from mediakit.speech.writing import NumberStyle, write_numbers

Runs = Sequence[tuple[Word, ...]]


@dataclass(frozen=True)
class Style:
    """How recognised words are written; a script's own text is never restyled.

    Attributes:
        numbers: as they came, as digits, or in words.
        punctuation: set marks where Mandarin came without any.
        terms: names and terms that are not touched.
    """

    numbers: NumberStyle = "kept"
    punctuation: bool = True
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finished:
    """A finished transcript, and how it follows the script if there is one."""

    transcript: Transcript
    report: ScriptReport | None = None


def style_runs(
    runs: Runs, languages: Sequence[str], style: Style, pauses: Sequence[Pause] = ()
) -> tuple[list[tuple[Word, ...]], list[Correction], list[str]]:
    """Return runs in a style, what was changed, and what the reader should know."""
    made = [tuple(run) for run in runs]
    warnings: list[str] = []
    if style.punctuation:
        mandarin = [n for n, language in enumerate(languages) if language == "zh"]
        bare = sum(1 for n in mandarin if needs_marks(made[n]))
        if bare:
            for number, run in zip(mandarin, restore_marks([made[n] for n in mandarin], pauses), strict=True):
                made[number] = run
            passages = "one passage" if bare == 1 else f"{bare} passages"
            warnings.append(f"{passages} came without punctuation: marks were set by pauses and words")
    corrections: list[Correction] = []
    for number, language in enumerate(languages):
        made[number], changed = write_numbers(made[number], style.numbers, language=language, terms=style.terms)
        corrections += changed
    return made, corrections, warnings


def finish_transcript(
    transcript: Transcript,
    *,
    script: Script | None = None,
    pauses: Sequence[Pause] = (),
    characters: Characters = "kept",
    terms: Sequence[str] = (),
    wordings: Sequence[Wording] | None = None,
) -> Finished:
    """Return a transcript with everything that is done once its words are known.

    Args:
        transcript: recognised or imported.
        script: whose sentences replace what was recognised where speech follows them.
        pauses: silence of the voice, for the edges of words.
        characters: in which Chinese characters Mandarin is written.
        terms: names and terms that are one word.
        wordings: lists of wordings to point out besides the built-in one for Mandarin; None points out nothing.
    """
    segments = transcript.segments
    corrections, warnings = list(transcript.corrections), list(transcript.warnings)
    followed: Followed | None = None
    if script is not None:
        followed = follow_script(segments, script) if segments else None
    if followed is not None:
        segments = followed.segments
        corrections += followed.corrections
        warnings += followed.warnings
    doubts = tuple(doubt for doubt in transcript.doubts if not _is_settled(doubt, segments))
    segments = fit_segments(segments, pauses)
    if characters != "kept" and transcript.language in ("zh", "yue"):
        segments = tuple(_in_characters(segment, characters, terms) for segment in segments)
    if wordings is not None and transcript.language == "zh":
        warnings += [str(remark) for remark in find_wordings(segments, [built_in_wording(), *wordings])]
    finished = transcript.model_copy(
        update={
            "segments": segments,
            "doubts": doubts,
            "corrections": tuple(sorted(corrections, key=lambda c: (c.start, c.end, c.rule))),
            "warnings": tuple(warnings),
        }
    )
    if script is None:
        return Finished(finished)
    nothing = Followed((), (), {}, 0.0, 0.0, False, (), ())
    return Finished(finished, report_script(script, followed or nothing, segments))


def _is_settled(doubt: Doubt, segments: Sequence[Segment]) -> bool:
    """Tell whether the doubtful text is no longer there, or is the script's own, after a script has had its say."""
    near = [s for s in segments if s.start < doubt.end + 1.0 and doubt.start - 1.0 < s.end]
    middle = (doubt.start + doubt.end) / 2
    told = any(s.start <= middle <= s.end and s.script == "followed" for s in near)
    return told or doubt.before not in "".join(s.text for s in near)


def _in_characters(segment: Segment, characters: Characters, terms: Sequence[str]) -> Segment:
    if characters != "simplified" and is_traditional(segment.text):
        return segment
    texts = convert_parts([word.text for word in segment.words], characters, terms=terms)
    if texts == [word.text for word in segment.words]:
        return segment
    words = tuple(word.model_copy(update={"text": text}) for word, text in zip(segment.words, texts, strict=True))
    whole = convert_parts([segment.text], characters, terms=terms)[0] if not words else join_words(texts)
    return segment.model_copy(update={"words": words, "text": whole})
