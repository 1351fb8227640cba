"""The cache's index: a small SQLite file of remembered digests, entry sizes, speeds and publications.

All of it can be made again, so a damaged index is thrown away and a full disk only means that nothing is remembered.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import time
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, digest TEXT);
CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY, size INTEGER, used REAL, step TEXT);
CREATE TABLE IF NOT EXISTS speeds (
    name TEXT PRIMARY KEY, seconds REAL, work REAL);
CREATE TABLE IF NOT EXISTS published (
    path TEXT PRIMARY KEY, digest TEXT);
PRAGMA user_version = 1;
"""
_DECAY = 0.7
_LOCK_S = 60.0
_DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""What SQLite says of a file that is none of its own, is broken, or lacks a table; busy or full is no damage."""


class Index:
    """Access to the index file; safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        """Connect, one program and thread at a time: no one may throw away a file that another is just opening."""
        from filelock import FileLock

        try:
            with FileLock(f"{self._path}.lock", timeout=_LOCK_S):
                try:
                    return self._connect(str(self._path))
                except sqlite3.DatabaseError as exc:
                    if exc.sqlite_errorcode & 0xFF not in _DAMAGED:
                        raise
                self._throw_away()
                return self._connect(str(self._path))
        except (sqlite3.DatabaseError, OSError):
            return self._connect(":memory:")

    def _throw_away(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()

    @staticmethod
    def _connect(target: str) -> sqlite3.Connection:
        connection = sqlite3.connect(target, timeout=60, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if connection.execute("PRAGMA user_version").fetchone()[0] != 1:
                connection.executescript(_SCHEMA)
            connection.execute("SELECT count(*) FROM entries").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error:
                return []

    def _tell(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(query, rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    # Files' digests -----------------------------------------------------------------------------------------------

    def find_digest(self, path: str, size: int, mtime_ns: int, inode: int) -> str | None:
        """Return the digest remembered for a file in exactly this state."""
        rows = self._ask(
            "SELECT digest FROM files WHERE path = ? AND size = ? AND mtime_ns = ? AND inode = ?",
            (path, size, mtime_ns, inode),
        )
        return rows[0][0] if rows else None

    def keep_digest(self, path: str, size: int, mtime_ns: int, inode: int, digest: str) -> None:
        """Remember a file's digest."""
        self._tell("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", [(path, size, mtime_ns, inode, digest)])

    # Entries ------------------------------------------------------------------------------------------------------

    def keep_entry(self, key: str, size: int, step: str) -> None:
        """Remember a cache entry of ``size`` bytes, used now."""
        self._tell("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", [(key, size, time(), step)])

    def mark_used(self, keys: Sequence[str]) -> None:
        """Note that entries are used now."""
        now = time()
        self._tell("UPDATE entries SET used = ? WHERE key = ?", [(now, key) for key in keys])

    def forget_entries(self, keys: Sequence[str]) -> None:
        """Forget entries that are gone."""
        self._tell("DELETE FROM entries WHERE key = ?", [(key,) for key in keys])

    def total_size(self) -> int:
        """Return the bytes of all entries."""
        rows = self._ask("SELECT coalesce(sum(size), 0) FROM entries")
        return int(rows[0][0]) if rows else 0

    def oldest_entries(self, before: float) -> Iterator[tuple[str, int, float]]:
        """Give (key, bytes, time of last use), least recently used first, of those last used before a time."""
        yield from self._ask("SELECT key, size, used FROM entries WHERE used < ? ORDER BY used, key", (before,))

    def count_by_step(self) -> list[tuple[str, int, int]]:
        """Return (step, entries, bytes), largest first."""
        return self._ask("SELECT step, count(*), sum(size) FROM entries GROUP BY step ORDER BY 3 DESC, 1")

    def known_keys(self) -> set[str]:
        """Return the keys of all remembered entries."""
        return {row[0] for row in self._ask("SELECT key FROM entries")}

    # Speeds -------------------------------------------------------------------------------------------------------

    def add_speed(self, name: str, seconds: float, work: float) -> None:
        """Add a measurement: ``work`` (any unit) took ``seconds``; older ones fade."""
        self._tell(
            "INSERT INTO speeds VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            f"seconds = seconds * {_DECAY} + excluded.seconds, work = work * {_DECAY} + excluded.work",
            [(name, seconds, work)],
        )

    def find_speed(self, name: str) -> float | None:
        """Return the seconds that one unit of work takes, as measured."""
        rows = self._ask("SELECT seconds, work FROM speeds WHERE name = ?", (name,))
        return rows[0][0] / rows[0][1] if rows and rows[0][1] > 0 else None

    # What commands published --------------------------------------------------------------------------------------

    def find_published(self, path: str) -> str | None:
        """Return the digest of what was last published at a path."""
        rows = self._ask("SELECT digest FROM published WHERE path = ?", (path,))
        return rows[0][0] if rows else None

    def keep_published(self, path: str, digest: str) -> None:
        """Remember what was published at a path."""
        self._tell("INSERT OR REPLACE INTO published VALUES (?, ?)", [(path, digest)])
