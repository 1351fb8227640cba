"""The library: assets added once for each content, found by digest, listed, counted."""

from __future__ import annotations

import filecmp
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mediakit.errors import InputError, UsageError
from mediakit.library.database import FILE_NAME, connect, transaction, translate_errors
from mediakit.library.indexing import index_details, index_text, join_segments
from mediakit.library.model import Added, Asset, Count, Details
from mediakit.media.info import MediaInfo
from mediakit.media.transcript import Transcript

_SHORTEST_PREFIX = 6


@dataclass
class Library:
    """An asset library in a folder; a context manager that closes its database.

    All writes are transactions and say the same when repeated; several processes may write at once.
    """

    folder: Path
    connection: sqlite3.Connection = field(repr=False)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Self:
        """Open the library of a folder.

        Raises:
            InputError: no library there, or none that can be used.
        """
        folder = folder.absolute()
        return cls(folder, connect(folder, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; SQLite's errors are translated."""
        with translate_errors(self.folder / FILE_NAME):
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection within a transaction; SQLite's errors are translated."""
        with translate_errors(self.folder / FILE_NAME), transaction(self.connection):
            yield self.connection

    def add_asset(
        self,
        info: MediaInfo,
        path: Path,
        details: Details | None = None,
        *,
        thumbnail: Path | None = None,
        proxy: Path | None = None,
    ) -> Added:
        """Take in a probed file, or what is new about one that is known.

        Args:
            info: its probe.
            path: where it lies.
            details: what people say about it.
            thumbnail: a JPEG to keep with it.
            proxy: a small copy to keep with it.
        """
        details = details or Details()
        path = path.resolve()
        status = path.stat()
        kept = {
            "thumbnail": self._keep(thumbnail, "thumbnails", f"{info.digest}.jpg"),
            "proxy": self._keep(proxy, "proxies", f"{info.digest}.mp4"),
        }
        shot_on = details.shot_on or _date_of(info.created)
        with self.writing() as db:
            known = db.execute("SELECT 1 FROM assets WHERE digest = ?", (info.digest,)).fetchone() is not None
            others = db.execute("SELECT path FROM paths WHERE digest = ? AND path <> ? ORDER BY path",
                                (info.digest, str(path))).fetchall()  # fmt: skip
            if not known:
                db.execute(
                    "INSERT INTO assets (digest, kind, name, size, duration, shot_on, probe) VALUES (?,?,?,?,?,?,?)",
                    (
                        *(info.digest, "video" if info.video else "sound", details.name or path.stem),
                        *(info.size, info.duration, shot_on, info.to_json()),
                    ),
                )
            self._write_details(db, info.digest, details)
            for column, name in kept.items():
                if name is not None:
                    db.execute(f"UPDATE assets SET {column} = ? WHERE digest = ?", (name, info.digest))
            db.execute(
                "INSERT INTO paths VALUES (?,?,?,?,?) ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, "
                "size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode",
                (str(path), info.digest, status.st_size, status.st_mtime_ns, status.st_ino),
            )
            index_details(db, info.digest)
        return Added(self.get_asset(info.digest), not known, tuple(Path(row["path"]) for row in others))

    def _write_details(self, db: sqlite3.Connection, digest: str, details: Details) -> None:
        said = {"name": details.name, "series": details.series, "slot": details.column}
        said |= {"notes": details.notes, "shot_on": details.shot_on}
        for column, value in said.items():
            if value is not None:
                db.execute(f"UPDATE assets SET {column} = ? WHERE digest = ?", (value or None, digest))
        for tag in details.tags:
            if tag.strip():
                db.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", (digest, tag.strip()))

    def _keep(self, source: Path | None, kind: str, name: str) -> str | None:
        """Copy a file into the library, atomically, and return its name there."""
        if source is None:
            return None
        folder = self.folder / kind
        if (folder / name).is_file() and filecmp.cmp(source, folder / name, shallow=False):
            return f"{kind}/{name}"
        try:
            folder.mkdir(exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".new.", dir=folder)
            os.close(handle)
            try:
                shutil.copyfile(source, temporary)
                Path(temporary).chmod(0o644)
                Path(temporary).replace(folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as exc:
            raise InputError(f"cannot be written ({exc.strerror})", where=folder / name) from exc
        return f"{kind}/{name}"

    def add_transcript(self, digest: str, transcript: Transcript) -> None:
        """Keep and index the transcript of an asset; it replaces one of the same language and engine.

        Raises:
            InputError: no such asset.
        """
        engine = transcript.recogniser.engine
        body, times = join_segments(transcript)
        with self.writing() as db:
            if db.execute("SELECT 1 FROM assets WHERE digest = ?", (digest,)).fetchone() is None:
                raise InputError(f"no asset {digest[:12]} in the library", where=self.folder, hint="ingest it first")
            db.execute(
                "INSERT INTO transcripts VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET document = excluded.document",
                (digest, transcript.language, engine, transcript.to_json()),
            )
            index_text(db, digest, "transcript", body, part=f"{transcript.language}/{engine}", times=times)

    def get_transcripts(self, digest: str) -> tuple[Transcript, ...]:
        """Return an asset's transcripts, by language and engine."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT document FROM transcripts WHERE digest = ? ORDER BY language, engine", (digest,)
            ).fetchall()
        return tuple(Transcript.model_validate_json(row["document"]) for row in rows)

    def has_asset(self, digest: str) -> bool:
        """Tell whether the library knows a content."""
        with self.reading() as db:
            return db.execute("SELECT 1 FROM assets WHERE digest = ?", (digest,)).fetchone() is not None

    def get_asset(self, digest: str) -> Asset:
        """Return an asset by its digest.

        Raises:
            InputError: no such asset.
        """
        with self.reading() as db:
            row = db.execute("SELECT * FROM assets WHERE digest = ?", (digest,)).fetchone()
            if row is None:
                raise InputError(f"no asset {digest[:12]} in the library", where=self.folder)
            return self._asset(db, row)

    def get_probe(self, digest: str) -> MediaInfo:
        """Return what an asset's file holds."""
        with self.reading() as db:
            row = db.execute("SELECT probe FROM assets WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise InputError(f"no asset {digest[:12]} in the library", where=self.folder)
        return MediaInfo.model_validate_json(row["probe"])

    def find_asset(self, reference: str) -> Asset:
        """Return the asset that a path, a digest (or its first six digits or more) or a whole name means.

        Raises:
            InputError: none does.
            UsageError: several do.
        """
        path = str(Path(reference).resolve())
        with self.reading() as db:
            rows = db.execute(
                "SELECT * FROM assets WHERE digest IN (SELECT digest FROM paths WHERE path = ?)", (path,)
            ).fetchall()
            if not rows and len(reference) >= _SHORTEST_PREFIX and reference.isalnum():
                rows = db.execute(
                    "SELECT * FROM assets WHERE substr(digest, 1, ?) = ?", (len(reference), reference.lower())
                ).fetchall()
            if not rows:
                rows = db.execute("SELECT * FROM assets WHERE name = ? ORDER BY digest", (reference,)).fetchall()
            if not rows:
                raise InputError(f"no asset {reference!r} in the library", where=self.folder, hint="see: library list")
            if len(rows) > 1:
                raise UsageError(
                    f"{reference!r} means {len(rows)} assets",
                    hint="name one by digest: " + ", ".join(row["digest"][:12] for row in rows[:5]),
                )
            return self._asset(db, rows[0])

    def list_assets(
        self, *, series: str | None = None, column: str | None = None, tag: str | None = None
    ) -> tuple[Asset, ...]:
        """Return the assets that all given filters admit, by series, column, shooting date and name."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT * FROM assets WHERE (:series IS NULL OR series = :series) AND (:slot IS NULL OR slot = :slot) "
                "AND (:tag IS NULL OR EXISTS (SELECT 1 FROM tags WHERE tags.digest = assets.digest AND tag = :tag)) "
                "ORDER BY series IS NULL, series, slot IS NULL, slot, shot_on, name, digest",
                {"series": series, "slot": column, "tag": tag},
            ).fetchall()
            return tuple(self._asset(db, row) for row in rows)

    def count_assets(self) -> tuple[Count, ...]:
        """Return clips, shoots and minutes for each series and column."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT series, slot, count(*) AS clips, count(DISTINCT coalesce(shot_on, '')) AS shoots, "
                "sum(duration) / 60 AS minutes FROM assets GROUP BY series, slot "
                "ORDER BY series IS NULL, series, slot IS NULL, slot"
            ).fetchall()
        return tuple(Count(r["series"], r["slot"], r["clips"], r["shoots"], round(r["minutes"], 3)) for r in rows)

    def _asset(self, db: sqlite3.Connection, row: sqlite3.Row) -> Asset:
        digest = row["digest"]
        paths = db.execute("SELECT path FROM paths WHERE digest = ? ORDER BY path", (digest,)).fetchall()
        tags = db.execute("SELECT tag FROM tags WHERE digest = ? ORDER BY tag", (digest,)).fetchall()
        languages = db.execute(
            "SELECT DISTINCT language FROM transcripts WHERE digest = ? ORDER BY language", (digest,)
        ).fetchall()
        return Asset(
            digest=digest,
            kind=row["kind"],
            name=row["name"],
            size=row["size"],
            duration=row["duration"],
            paths=tuple(Path(item["path"]) for item in paths),
            series=row["series"],
            column=row["slot"],
            notes=row["notes"],
            shot_on=row["shot_on"],
            tags=tuple(item["tag"] for item in tags),
            thumbnail=None if row["thumbnail"] is None else self.folder / row["thumbnail"],
            proxy=None if row["proxy"] is None else self.folder / row["proxy"],
            languages=tuple(item["language"] for item in languages),
        )


def _date_of(created: str | None) -> str | None:
    from datetime import date

    if not created:
        return None
    try:
        return date.fromisoformat(created[:10]).isoformat()
    except ValueError:
        return None
