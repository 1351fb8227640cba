"""The library's SQLite file: opening, schema, migrations, transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mediakit.errors import InputError, ToolError

FILE_NAME = "library.sqlite"
_BUSY_S = 30.0

MIGRATIONS = (
    """
    CREATE TABLE assets (
        digest TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('video', 'sound')),
        name TEXT NOT NULL,
        series TEXT,
        slot TEXT,
        notes TEXT,
        shot_on TEXT,
        size INTEGER NOT NULL,
        duration REAL NOT NULL,
        thumbnail TEXT,
        proxy TEXT,
        probe TEXT NOT NULL
    ) STRICT;
    CREATE INDEX assets_by_series ON assets (series, slot);
    CREATE TABLE tags (
        digest TEXT NOT NULL REFERENCES assets (digest) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (digest, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE paths (
        path TEXT PRIMARY KEY,
        digest TEXT NOT NULL REFERENCES assets (digest) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX paths_by_digest ON paths (digest);
    CREATE TABLE transcripts (
        digest TEXT NOT NULL REFERENCES assets (digest) ON DELETE CASCADE,
        language TEXT NOT NULL,
        engine TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (digest, language, engine)
    ) STRICT;
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL REFERENCES assets (digest) ON DELETE CASCADE,
        field TEXT NOT NULL,
        part TEXT NOT NULL DEFAULT '',
        body TEXT NOT NULL,
        folded TEXT NOT NULL,
        times TEXT,
        UNIQUE (digest, field, part)
    ) STRICT;
    CREATE VIRTUAL TABLE grams USING fts5 (
        folded, content='texts', content_rowid='id', tokenize='trigram', detail='full'
    );
    CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
        INSERT INTO grams (rowid, folded) VALUES (new.id, new.folded);
    END;
    CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
        INSERT INTO grams (grams, rowid, folded) VALUES ('delete', old.id, old.folded);
    END;
    CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN
        INSERT INTO grams (grams, rowid, folded) VALUES ('delete', old.id, old.folded);
        INSERT INTO grams (rowid, folded) VALUES (new.id, new.folded);
    END;
    """,
)
"""Scripts that bring the schema from each version to the next; version 0 is an empty file."""


def default_folder() -> Path:
    """Return the library's usual folder: ``MEDIAKIT_LIBRARY`` if set, else below the user's data folder."""
    named = os.environ.get("MEDIAKIT_LIBRARY")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("mediakit", appauthor=False)) / "library"


def connect(folder: Path, *, create: bool) -> sqlite3.Connection:
    """Open the library in a folder, bringing its schema up to date.

    Raises:
        InputError: there is none (and ``create`` is False), it is no library, or a newer mediakit made it.
        ToolError: it stays locked, or the disk is full or read-only.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        if not create:
            raise InputError(
                "there is no asset library here",
                where=folder,
                hint="fill one with: mediakit ingest SOURCE --library DIR",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InputError(f"the library's folder cannot be made ({exc.strerror})", where=folder) from exc
    with translate_errors(path):
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise InputError("the library was made by a newer mediakit", where=path, hint="update mediakit")
    if version == len(MIGRATIONS):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        for number in range(_version(connection), len(MIGRATIONS)):  # another process may have been first
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; waits for other writers."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into mediakit's."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        raise ToolError(
            f"the library cannot be used ({exc})",
            where=path,
            hint="is another program holding it, the disk full or the folder read-only?",
        ) from exc
    except sqlite3.DatabaseError as exc:
        raise InputError(f"is not an asset library ({exc})", where=path) from exc
