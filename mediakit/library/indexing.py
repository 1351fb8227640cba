"""Writing the searchable text of an asset: details, file names, transcripts with their times."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from mediakit.library.text import fold_text
from mediakit.media.transcript import Transcript


def index_details(db: sqlite3.Connection, digest: str) -> None:
    """Bring the searchable text of an asset's details and file names up to date."""
    row = db.execute("SELECT name, series, slot, notes FROM assets WHERE digest = ?", (digest,)).fetchone()
    for name, column in (("name", "name"), ("series", "series"), ("column", "slot"), ("notes", "notes")):
        index_text(db, digest, name, row[column] or "")
    tags = db.execute("SELECT tag FROM tags WHERE digest = ? ORDER BY tag", (digest,)).fetchall()
    index_text(db, digest, "tags", " ".join(item["tag"] for item in tags))
    paths = db.execute("SELECT path FROM paths WHERE digest = ? ORDER BY path", (digest,)).fetchall()
    index_text(db, digest, "file", "\n".join(Path(item["path"]).name for item in paths))


def index_text(
    db: sqlite3.Connection, digest: str, name: str, body: str, *, part: str = "", times: str | None = None
) -> None:
    """Write the searchable text of one field (nothing where it is the same, no row where it is empty).

    Args:
        db: within a transaction.
        digest: the asset.
        name: the field, a key of ``search.WEIGHTS``.
        body: as written.
        part: tells several texts of one field apart.
        times: JSON list of (first character, seconds), for text that is spoken.
    """
    if not body:
        db.execute("DELETE FROM texts WHERE digest = ? AND field = ? AND part = ?", (digest, name, part))
        return
    db.execute(
        "INSERT INTO texts (digest, field, part, body, folded, times) VALUES (?,?,?,?,?,?) "
        "ON CONFLICT (digest, field, part) DO UPDATE SET body = excluded.body, folded = excluded.folded, "
        "times = excluded.times WHERE body <> excluded.body OR times IS NOT excluded.times",
        (digest, name, part, body, fold_text(body), times),
    )


def join_segments(transcript: Transcript) -> tuple[str, str]:
    """Return the whole text, and JSON of (first character, seconds) for every segment."""
    body, times = "", []
    for segment in transcript.segments:
        text = segment.text.strip()
        if not text:
            continue
        if body and (body[-1].isascii() or text[0].isascii()):
            body += " "
        times.append([len(body), round(segment.start, 3)])
        body += text
    return body, json.dumps(times)
