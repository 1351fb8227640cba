"""Names that a recogniser heard only because it was told them: each is held against the same window heard untold.

Where the untold hearing has the name, or something that sounds like it, the name is believed. Where it has something
else, that stands, and the name is told as a doubt; where it has nothing, the name stays, and is told as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mediakit.media.transcript import Word
from mediakit.speech.heard import Claim
from mediakit.speech.latin import sound_key, squeeze
from mediakit.speech.matching import align_units, is_chinese
from mediakit.speech.retiming import HeardUnits, list_units
from mediakit.speech.spelling import simplify

_SHARE = 0.6
_LATIN_SHARE = 0.7
_MARKS = re.compile(r"^[\W_]+|[\W_]+$")

Runs = list[tuple[Word, ...]]


@dataclass(frozen=True)
class _Pairs:
    """Two hearings' units, and for each unit of the told one the untold unit that sounds like it."""

    told: HeardUnits
    untold: HeardUnits
    partners: dict[int, int]

    def before(self, place: int) -> int | None:
        """Return where the untold hearing goes on after the unit before this one, if words part at both places."""
        if place == 0:
            return 0
        partner = self.partners.get(place - 1)
        return None if partner is None else self._part(place, partner + 1)

    def after(self, place: int) -> int | None:
        """Return the untold unit that pairs with this one, if words part before both."""
        if place == len(self.told.units):
            return len(self.untold.units)
        partner = self.partners.get(place)
        return None if partner is None else self._part(place, partner)

    def _part(self, place: int, other: int) -> int | None:
        return other if _begins(self.told.owners, place) and _begins(self.untold.owners, other) else None


def undo_invented(told: Runs, untold: Runs, forms: Sequence[str]) -> tuple[Runs, tuple[Claim, ...]]:
    """Return what was heard when forms were told, with those taken out that the untold hearing does not bear out.

    Args:
        told: runs of words, as heard with the forms in the prompt.
        untold: the same sound, heard without.
        forms: names and terms.
    """
    words = [word for run in told for word in run]
    found = _find_forms("".join(_plain(word.text) for word in words), forms)
    if not found:
        return told, ()
    pairs = _pair(words, [word for run in untold for word in run])
    claims: list[Claim] = []
    changes: list[tuple[int, int, tuple[Word, ...]]] = []
    for start, end, form in found:
        own = [n for n, unit in enumerate(pairs.told.units) if start <= unit.place < end]
        if not own or _is_borne_out(pairs, own, form):
            continue
        low, high = own[0], own[-1] + 1
        while (first := pairs.before(low)) is None:
            low -= 1
        while (last := pairs.after(high)) is None:
            high += 1
        owners = pairs.untold.owners[first:last]
        mine = pairs.told.owners[low], pairs.told.owners[high - 1] + 1
        instead = pairs.untold.words[owners[0] : owners[-1] + 1] if owners else ()
        if not _print(instead):
            one, other = (words[pairs.told.owners[n]] for n in (own[0], own[-1]))
            claims.append(Claim(start=one.start, end=max(one.start, other.end), before=form, after=""))
        elif not any(mine[0] < stop and begin < mine[1] for begin, stop, _ in changes):
            changes.append((*mine, instead))
            claims.append(
                Claim(
                    start=instead[0].start,
                    end=max(instead[0].start, instead[-1].end),
                    before=_print(instead),
                    after=_print(words[mine[0] : mine[1]]),
                )
            )
    return _replace(told, changes), tuple(claims)


def _pair(told: Sequence[Word], untold: Sequence[Word]) -> _Pairs:
    chinese = is_chinese("".join(word.text for word in told))
    here = list_units(told, chinese=chinese)
    there = list_units(untold, chinese=chinese)
    aligned = align_units(there.units, here.units) or ()
    return _Pairs(here, there, {mine: other for other, mine, likeness in aligned if likeness > 0})


def _begins(owners: Sequence[int], place: int) -> bool:
    """Tell whether a word begins at this unit."""
    return place in (0, len(owners)) or owners[place] != owners[place - 1]


def _is_borne_out(pairs: _Pairs, own: Sequence[int], form: str) -> bool:
    """Tell whether most of a form's units were heard untold as well, or its letters were."""
    partners = [pairs.partners[n] for n in own if n in pairs.partners]
    wanted = len(own) if len(own) < 3 else 2 if len(own) == 3 else round(_SHARE * len(own))
    if len(partners) >= wanted:
        return True
    if is_chinese(form):
        return False
    before = pairs.partners.get(own[0] - 1, -1)
    after = pairs.partners.get(own[-1] + 1, len(pairs.untold.units))
    heard = squeeze("".join(unit.text for unit in pairs.untold.units[before + 1 : after]))
    sounds = _overlap(sound_key(squeeze(form)), sound_key(heard))
    return max(sounds, _overlap(squeeze(form), heard)) >= _LATIN_SHARE


def _overlap(wanted: str, heard: str) -> float:
    matched = sum(block.size for block in SequenceMatcher(None, heard, wanted, autojunk=False).get_matching_blocks())
    return matched / max(1, len(wanted))


def _find_forms(text: str, forms: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where forms stand (counted without spaces), longest first where they overlap, in order."""
    printed = re.sub(r"\s", "", text)
    taken = [False] * len(printed)
    found = []
    for form in sorted(forms, key=lambda one: (-len(one), one)):
        wanted = re.sub(r"\s", "", form)
        at = printed.find(wanted)
        while at >= 0:
            if not any(taken[at : at + len(wanted)]):
                taken[at : at + len(wanted)] = [True] * len(wanted)
                found.append((at, at + len(wanted), form))
            at = printed.find(wanted, at + 1)
    return sorted(found)


def _plain(text: str) -> str:
    simple = simplify(text)
    return simple if len(simple) == len(text) else text


def _print(words: Sequence[Word]) -> str:
    return _MARKS.sub("", "".join(word.text for word in words))


def _replace(runs: Runs, changes: Sequence[tuple[int, int, tuple[Word, ...]]]) -> Runs:
    made: Runs = []
    place = 0
    for run in runs:
        words: list[Word] = []
        for word in run:
            own = next((change for change in changes if change[0] <= place < change[1]), None)
            if own is None:
                words.append(word)
            elif place == own[0]:
                words += own[2]
            place += 1
        if words:
            made.append(tuple(words))
    return made
