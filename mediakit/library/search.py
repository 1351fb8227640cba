"""Search over names, notes, tags, series, columns and transcripts, in Chinese and in English.

Terms of three characters and more go through the trigram index; shorter ones, such as Chinese names of two characters,
which that index cannot find, are looked for in the folded text itself. All terms must stand somewhere in an asset.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from dataclasses import dataclass
from math import log
from typing import Any

from mediakit.errors import UsageError
from mediakit.library.assets import Library
from mediakit.library.model import Asset
from mediakit.library.text import excerpt, locate, split_query

WEIGHTS = {"name": 8.0, "tags": 5.0, "series": 4.0, "column": 4.0, "file": 4.0, "notes": 3.0, "transcript": 1.0}
_SHORTEST_GRAM = 3
_MAX_HITS = 5


@dataclass(frozen=True)
class Hit:
    """One field that holds a term; ``start`` is when it is said, in seconds (transcripts)."""

    field: str
    excerpt: str
    start: float | None = None


@dataclass(frozen=True)
class Found:
    """An asset that holds all terms, the most telling fields first."""

    asset: Asset
    score: float
    hits: tuple[Hit, ...]

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        hits = [{"field": hit.field, "excerpt": hit.excerpt, "start": hit.start} for hit in self.hits]
        return {**self.asset.to_json(), "score": round(self.score, 3), "hits": hits}


def search_library(library: Library, query: str, *, limit: int = 20) -> tuple[Found, ...]:
    """Return the assets that hold all of a query's terms, best first.

    Args:
        library: where to look.
        query: words of any length, separated by spaces; quotes keep a phrase whole.
        limit: at most so many.

    Raises:
        UsageError: the query is empty.
    """
    terms = split_query(query)
    if not terms:
        raise UsageError("the query is empty", hint="name a word to look for")
    found: list[Found] = []
    with library.reading() as db:
        scores: dict[str, float] = {}
        rows: dict[str, dict[int, sqlite3.Row]] = {}
        for number, term in enumerate(terms):
            held: dict[str, float] = {}
            for row in _rows_with(db, term):
                count = row["folded"].count(term)
                held[row["digest"]] = held.get(row["digest"], 0.0) + WEIGHTS[row["field"]] * (1 + log(max(count, 1)))
                rows.setdefault(row["digest"], {})[row["id"]] = row
            scores = {d: scores.get(d, 0.0) + s for d, s in held.items() if number == 0 or d in scores}
        best = sorted(scores, key=lambda digest: (-scores[digest], digest))[:limit]
        for digest in best:
            hits = _hits(rows[digest], terms)
            found.append(Found(library.get_asset(digest), scores[digest], hits))
    return tuple(found)


def _rows_with(db: sqlite3.Connection, term: str) -> list[sqlite3.Row]:
    if len(term) >= _SHORTEST_GRAM:
        phrase = '"' + term.replace('"', '""') + '"'
        # The index knows simple case only; what it proposes is checked against the folded text.
        return db.execute(
            "SELECT t.* FROM grams JOIN texts t ON t.id = grams.rowid WHERE grams MATCH ? AND instr(t.folded, ?) > 0",
            (phrase, term),
        ).fetchall()
    return db.execute("SELECT * FROM texts WHERE instr(folded, ?) > 0", (term,)).fetchall()


def _hits(rows: dict[int, sqlite3.Row], terms: tuple[str, ...]) -> tuple[Hit, ...]:
    hits: list[Hit] = []
    for row in sorted(rows.values(), key=lambda row: (-WEIGHTS[row["field"]], row["part"])):
        body = row["body"]
        start = None
        if row["times"]:
            spots = [spot[0] for term in terms if (spot := locate(body, term)) is not None]
            start = _time_at(json.loads(row["times"]), min(spots)) if spots else None
        hits.append(Hit(row["field"], excerpt(body, terms), start))
    return tuple(hits[:_MAX_HITS])


def _time_at(times: list[list[float]], position: int) -> float | None:
    found = bisect_right([offset for offset, _ in times], position)
    return float(times[found - 1][1]) if found else None
