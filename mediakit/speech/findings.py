"""What a glossary finds in a text: a stretch, what it would become, how sure that is and what speaks against it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mediakit.media.transcript import Word
from mediakit.speech.glossary import GlossaryEntry
from mediakit.speech.heard import Claim
from mediakit.speech.lexicon import Piece
from mediakit.speech.reasons import give_reason

WRONG_FORM = "glossary-wrong-form"
TOLD = "glossary-told"

_MARGIN = 1.0
_NEAR_S = 0.6
_LATIN = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True)
class Finding:
    """Characters ``start`` to ``end`` of a run's text may have to become ``after``.

    ``odds`` are log odds; ``against`` says why it is not to be changed (empty: it is).
    """

    start: int
    end: int
    before: str
    after: str
    rule: str
    odds: float
    against: str = ""

    def overlaps(self, other: Finding) -> bool:
        """Tell whether both are about the same characters."""
        return self.start < other.end and other.start < self.end

    @property
    def score(self) -> float:
        """How sure it is, 0 to 1."""
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, self.odds)))), 3)


def find_claims(
    text: str, words: Sequence[Word], spans: Sequence[tuple[int, int]], claims: Sequence[Claim]
) -> list[Finding]:
    """Return where names stand that were heard only when they were told, or what was heard in their place.

    Args:
        text: a run's.
        words: the run's words.
        spans: where each word stands in the text.
        claims: of the whole section; those of other runs are passed over.
    """
    found: list[Finding] = []
    for claim in claims:
        before = re.escape(claim.before).replace(r"\ ", r"\s*")
        for match in re.finditer(before, text):
            first = next(n for n, (_, end) in enumerate(spans) if end > match.start())
            near = abs(words[first].start - claim.start) <= _NEAR_S
            one = Finding(match.start(), match.end(), match.group(), claim.after, TOLD, 0.0, _why_told(claim))
            if near and not any(one.overlaps(other) for other in found):
                found.append(one)
                break
    return found


def _why_told(claim: Claim) -> str:
    return give_reason("told" if claim.after else "told-alone")


def find_wrong_forms(text: str, entries: Sequence[GlossaryEntry], pieces: Sequence[Piece]) -> list[Finding]:
    """Return where listed wrong forms stand, longest first; never inside a longer word, never in the right form."""
    forms = sorted(((w, entry.text) for entry in entries for w in entry.wrong), key=lambda f: (-len(f[0]), f))
    found: list[Finding] = []
    taken = [False] * len(text)
    for wrong, right in forms:
        for match in re.finditer(_pattern(wrong), text, re.IGNORECASE if _LATIN.search(wrong) else 0):
            start, end = match.span()
            if any(taken[start:end]) or _stands_in(text, start, end, right):
                continue
            taken[start:end] = [True] * (end - start)
            cut = [p for p in pieces if len(p.text) > 1 and (p.start < start < p.end or p.start < end < p.end)]
            doubtful = bool(cut) and len(wrong) < 4 and not _LATIN.search(wrong)
            against = give_reason("crossing", cut[0].text) if doubtful else ""
            found.append(Finding(start, end, match.group(), right, WRONG_FORM, 0.0 if doubtful else 7.0, against))
    return found


def _pattern(form: str) -> str:
    pattern = r"\s+".join(re.escape(part) for part in form.split())
    start = r"(?<![A-Za-z0-9])" if _LATIN.match(form) else ""
    end = r"(?![A-Za-z0-9])" if _LATIN.match(form[-1]) else ""
    return f"{start}{pattern}{end}"


def _stands_in(text: str, start: int, end: int, right: str) -> bool:
    """Tell whether what was found is already part of the right form."""
    inside = right.find(text[start:end])
    return inside >= 0 and text[start - inside : start - inside + len(right)] == right


def part_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings that do not overlap, the surest first; two entries that fit as well make a doubt."""
    chosen: list[Finding] = []
    for one in sorted(findings, key=lambda f: (bool(f.against), -f.odds, f.start, f.after)):
        rivals = [other for other in chosen if one.start < other.end and other.start < one.end]
        for other in rivals:
            same = (one.start, one.end) == (other.start, other.end)
            if same and not other.against and not one.against and other.odds - one.odds < _MARGIN:
                chosen[chosen.index(other)] = replace(other, against=give_reason("rival", one.after))
        if not rivals:
            chosen.append(one)
    return chosen


def is_other_script(before: str, written: str) -> bool:
    """Tell whether the stretch is the entry in traditional characters."""
    from mediakit.speech.spelling import simplify

    return before == written or (len(before) == len(written) and simplify(before) == written)


def is_other_numeral(before: str, written: str) -> bool:
    """Tell whether the stretch is the entry with a digit for a numeral: 3号桥 for 三号桥."""
    numerals = str.maketrans("0123456789", "零一二三四五六七八九")
    return before != written and before.translate(numerals) == written
