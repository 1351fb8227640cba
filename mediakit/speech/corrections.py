"""Correcting by a glossary: listed wrong forms, homophones, sound-alikes; what is doubtful is told, not changed.

A stretch that sounds like an entry is weighed. For it speak: how many syllables agree and how closely, characters that
no ordinary word accounts for, a low probability of its words, the entry being heard elsewhere. Against it: that the
stretch is itself an ordinary word or phrase, that it begins or ends inside one, common words in it, a high probability.
Only what is clearly for the entry is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mediakit.media.transcript import Correction, Doubt, Word, join_words
from mediakit.speech.findings import (
    Finding,
    find_claims,
    find_wrong_forms,
    is_other_numeral,
    is_other_script,
    part_findings,
)
from mediakit.speech.glossary import Glossary, GlossaryEntry
from mediakit.speech.heard import Claim
from mediakit.speech.homophones import Homophones, Likeness
from mediakit.speech.latin import TOKEN, Latin, Resemblance, is_inflected, squeeze
from mediakit.speech.lexicon import (
    FREE,
    GRAMMATICAL,
    Piece,
    is_english,
    is_loose,
    is_name,
    is_phrase,
    is_word,
    split_pieces,
)
from mediakit.speech.reasons import give_reason
from mediakit.speech.verdicts import Verdicts
from mediakit.speech.words import Passage, place_words, replace_passages

HOMOPHONE = "glossary-homophone"
NEAR_HOMOPHONE = "glossary-near-homophone"
SPELLING = "glossary-spelling"
SOUND = "glossary-sound"

SURE = 1.5
"""Log odds from which a homophone is changed."""

_WORTH_TELLING = 0.0
_SYLLABLE = 2.5
_PER_COST = 6.0
_PRIOR = -4.0
_ORPHAN = 1.6
_COMMON = -1.0
_GRAMMATICAL = -2.0
_WORD = -8.0
_PHRASE = -6.0
_CROSSING = -6.0
_ELSEWHERE = 1.0
_USUAL_PROBABILITY = 0.8
_ASPECTS = frozenset("了着过")
_AFTER_VERBS = frozenset("了着过得不起来去上下到在一")
_VERY_UNSURE = 0.35
_LONG = 5


@dataclass(frozen=True)
class Corrected:
    """Runs of words with what was changed in them, and what was doubtful and left as it was."""

    runs: tuple[tuple[Word, ...], ...]
    corrections: tuple[Correction, ...]
    doubts: tuple[Doubt, ...]


class Corrector:
    """Corrects runs of words by one glossary; ``verdicts`` say what a person refused or accepted."""

    def __init__(self, glossary: Glossary, verdicts: Verdicts | None = None) -> None:
        self._entries = glossary.entries
        self._verdicts = verdicts or Verdicts()
        texts = [entry.text for entry in self._entries]
        readings = [entry.readings for entry in self._entries]
        self._homophones = Homophones(texts, readings)
        self._latin = Latin(texts, readings)

    def correct(self, runs: Iterable[Sequence[Word]], claims: Sequence[Claim] = ()) -> Corrected:
        """Return the runs with the glossary's forms in place of misheard ones.

        ``claims`` are names that were heard only when they were told: doubts, unless a person accepts them.
        """
        heard_runs = [tuple(run) for run in runs]
        texts = [join_words(word.text for word in run) for run in heard_runs]
        whole = "\n".join(texts)
        heard = {entry.text for entry in self._entries if entry.text in whole}
        made: list[tuple[Word, ...]] = []
        corrections: list[Correction] = []
        doubts: list[Doubt] = []
        for run, text in zip(heard_runs, texts, strict=True):
            words, changed, doubted = self._correct_run(run, text, heard, claims)
            made.append(words)
            corrections += changed
            doubts += doubted
        return Corrected(tuple(made), tuple(corrections), tuple(doubts))

    def _correct_run(
        self, words: tuple[Word, ...], text: str, heard: set[str], claims: Sequence[Claim]
    ) -> tuple[tuple[Word, ...], list[Correction], list[Doubt]]:
        spans = place_words(words)
        claimed = find_claims(text, words, spans, claims)
        found = [one for one in self.find(text, words, heard) if not any(c.overlaps(one) for c in claimed)]
        findings = [self._judge(one, words, spans) for one in sorted([*found, *claimed], key=lambda one: one.start)]
        chosen = [one for one in findings if not one.against]
        doubts = []
        for one in findings:
            if one.against and not any(one.start < other.end and other.start < one.end for other in chosen):
                first, last = _touched(spans, one)
                doubts.append(
                    Doubt(
                        start=words[first].start,
                        end=words[last].end,
                        before=one.before,
                        after=one.after,
                        rule=one.rule,
                        score=one.score,
                        why=one.against,
                    )
                )
        passages = [Passage(one.start, one.end, one.after, one.rule, one.score) for one in chosen]
        made, corrections = replace_passages(words, text, passages)
        return made, corrections, doubts

    def _judge(self, finding: Finding, words: Sequence[Word], spans: Sequence[tuple[int, int]]) -> Finding:
        """Return the finding as a person's verdict has it."""
        first, _ = _touched(spans, finding)
        verdict = self._verdicts.of(finding.before, finding.after, words[first].start)
        if verdict == "refuse":
            return replace(finding, against=give_reason("refused"))
        return replace(finding, against="") if verdict == "accept" else finding

    def find(self, text: str, words: Sequence[Word], heard: set[str]) -> list[Finding]:
        """Return what should or might be changed in a run's text: apart from each other, in order."""
        pieces = split_pieces(text)
        probabilities = _spread_probabilities(words, len(text))
        listed = find_wrong_forms(text, self._entries, pieces)
        protected = [False] * len(text)
        for one in listed:
            protected[one.start : one.end] = [True] * (one.end - one.start)
        alike = self._homophones.find(text)
        resembling = self._latin.find(text)
        exact = [(one.start, one.end, one.form) for one in alike]
        exact += [(one.start, one.end, one.form) for one in resembling]
        for start, end, form in exact:
            if text[start:end] == self._entries[form].text:
                protected[start:end] = [True] * (end - start)
        weighed = [self._weigh_homophone(one, text, pieces, probabilities, heard) for one in alike]
        weighed += [self._weigh_resemblance(one, text, probabilities) for one in resembling]
        open_ones = [one for one in weighed if one is not None and not any(protected[one.start : one.end])]
        return sorted([*listed, *part_findings(open_ones)], key=lambda one: one.start)

    def _weigh_homophone(
        self,
        one: Likeness,
        text: str,
        pieces: Sequence[Piece],
        probabilities: Sequence[float | None],
        heard: set[str],
    ) -> Finding | None:
        entry = self._entries[one.form]
        before = text[one.start : one.end]
        if is_other_script(before, entry.text):
            return None
        rule = HOMOPHONE if one.is_homophone else NEAR_HOMOPHONE
        if is_other_numeral(before, entry.text):
            return Finding(one.start, one.end, before, entry.text, rule, 6.0)
        inside = [p for p in pieces if p.start < one.end and one.start < p.end]
        crossing = [p for p in inside if len(p.text) > 1 and (p.start < one.start or p.end > one.end)]
        odds = _PRIOR + sum(_SYLLABLE - _PER_COST * cost for cost in one.costs)
        changed = [
            p for p, old, new in zip(probabilities[one.start : one.end], before, entry.text, strict=True) if old != new
        ]
        probability = _mean(changed)
        if probability is not None:
            odds += max(-1.5, min(2.0, 4.0 * (_USUAL_PROBABILITY - probability)))
        odds += _ELSEWHERE if entry.text in heard else 0.0
        against = ""
        if is_word(before):
            odds += _WORD / 2 if is_name(before) else _WORD
            against = give_reason("word", before)
        elif crossing:
            odds += _CROSSING
            clear = len(before) >= _LONG and one.is_homophone and odds >= SURE
            against = "" if clear else give_reason("crossing", crossing[0].text)
        elif is_phrase(inside):
            odds += _PHRASE
            against = give_reason("phrase", before)
        else:
            odds += _weigh_pieces(inside, entry.text)
        if odds < SURE and not against:
            against = give_reason("weak")
        if len(before) == 2 and not against:
            against = _against_two(one, before, entry, probability, entry.text in heard)
        if len(before) == 3 and not against and entry.text not in heard:
            against = _against_edge(before, entry.text, text[one.end : one.end + 1])
        unsure = probability is not None and probability < _VERY_UNSURE
        odd_word = is_word(before) and one.is_homophone and (unsure or is_name(before))
        tell = odds >= _WORTH_TELLING or odd_word
        if against and not tell:
            return None
        return Finding(one.start, one.end, before, entry.text, rule, odds, against)

    def _weigh_resemblance(self, one: Resemblance, text: str, probabilities: Sequence[float | None]) -> Finding | None:
        entry = self._entries[one.form]
        before = text[one.start : one.end]
        if before == entry.text or is_inflected(before, entry.text):
            return None
        words = TOKEN.findall(before)
        strange = any(not is_english(word.lower()) and not word.isdigit() for word in words)
        capital = all(word[0].isupper() or word[0].isdigit() for word in words)
        probability = _mean(probabilities[one.start : one.end])
        low = probability is not None and probability < 0.6
        if squeeze(before) == squeeze(entry.text):
            spaced = len(words) > 1 or any(c.isupper() or c.isdigit() for c in entry.text[1:])
            if not spaced and not strange:
                return None
            sure = strange or capital or len(words) > 2
            return Finding(
                one.start,
                one.end,
                before,
                entry.text,
                SPELLING,
                4.0 if sure else 0.5,
                "" if sure else give_reason("ordinary"),
            )
        same_sound = len(words) > 1 and capital and one.sound == 1.0 and one.spelling >= 0.85
        known = {word for word in TOKEN.findall(entry.text) if len(word) >= 4} & set(words)
        odds = 8.0 * (one.sound + one.spelling - 1.6) + (1.0 if low else 0.0) + (1.5 if known and capital else 0.0)
        odds += 0.0 if strange or same_sound else -3.0
        against = ""
        if not (strange or same_sound or (known and capital and len(words) > 1)):
            against = give_reason("ordinary") if len(words) > 1 else give_reason("word", before)
        elif odds < 0.5 or len(squeeze(before)) < 5:
            against = give_reason("weak")
        if against and not ((low or capital) and one.sound == 1.0 and odds > -3.0):
            return None
        return Finding(one.start, one.end, before, entry.text, SOUND, odds, against)


def _against_two(one: Likeness, before: str, entry: GlossaryEntry, probability: float | None, is_heard: bool) -> str:
    """Return what speaks against changing two characters: chance, and other people's names, make such pairs alike."""
    if entry.kind == "name" and not is_heard:
        return give_reason("person")
    if probability is None or probability > _USUAL_PROBABILITY:
        return give_reason("two-sure")
    shared = any(old == new for old, new in zip(before, entry.text, strict=True))
    if not one.is_homophone or not (shared or is_heard):
        return give_reason("two-other")
    return ""


def _against_edge(before: str, written: str, following: str) -> str:
    """Return what speaks against three characters that differ only in a word at their edge: 曹丽捐了 for 曹丽娟."""
    places = [place for place, (old, new) in enumerate(zip(before, written, strict=True)) if old != new]
    if len(places) != 1 or places[0] == 1:
        return ""
    character = before[places[0]]
    acts = places[0] == 2 and following in (_AFTER_VERBS if character in FREE else _ASPECTS)
    loose = is_loose(character) or acts
    return give_reason("edge", character) if loose else ""


def _weigh_pieces(inside: Sequence[Piece], written: str) -> float:
    """Weigh the words of a stretch: characters that no word accounts for speak for an entry, common words against."""
    odds = 0.0
    for piece in inside:
        if len(piece.text) > 1:
            odds += -0.5 if is_name(piece.text) else -1.5
        elif piece.text in GRAMMATICAL and piece.text not in written:
            odds += _GRAMMATICAL
        elif piece.text in FREE:
            odds += _COMMON
        else:
            odds += _ORPHAN
    return odds


def _spread_probabilities(words: Sequence[Word], size: int) -> list[float | None]:
    spread: list[float | None] = [None] * size
    for word, (start, end) in zip(words, place_words(words), strict=True):
        spread[start:end] = [word.probability] * (end - start)
    return spread


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _touched(spans: Sequence[tuple[int, int]], finding: Finding) -> tuple[int, int]:
    """Return the first and the last word that a finding touches."""
    touched = [n for n, (start, end) in enumerate(spans) if start < finding.end and finding.start < end]
    return touched[0], touched[-1]
