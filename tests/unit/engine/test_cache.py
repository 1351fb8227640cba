from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from mediakit.engine import eviction
from mediakit.engine.cache import Cache, DiskFull, default_cache_folder
from mediakit.engine.index import Index
from mediakit.errors import InputError, MediakitError, UsageError
from mediakit.steps.inputs import Problem

KEY = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, warnings: list[str]):
    with Cache(tmp_path / "cache", warnings.append) as opened:
        yield opened


def put(cache: Cache, key: str = KEY, text: str = "hello", **facts: object):
    with cache.workspace() as folder:
        made = folder / "made"
        (made / "deep").mkdir(parents=True)
        (made / "a.txt").write_text(text)
        (made / "deep" / "b.txt").write_text("b")
        return cache.store(key, made, step="test", **facts)


def test_entry_comes_back_whole_and_read_only(cache: Cache) -> None:
    problem = Problem(5, "a", "too loud", "turn it down")
    put(cache, problems=[problem], seconds=1.5)
    entry = cache.get(KEY)
    assert entry is not None
    assert sorted(entry.files) == ["a.txt", "deep/b.txt"]
    assert entry.size == 6
    assert entry.problems == (problem,)
    assert entry.seconds == 1.5
    assert (entry.folder / "a.txt").stat().st_mode & 0o222 == 0
    assert cache.get(OTHER) is None


@pytest.mark.parametrize("damage", ["gone", "longer", "same size", "manifest gone", "manifest text", "other manifest"])
def test_damage_is_noticed_reported_and_mended(cache: Cache, warnings: list[str], damage: str) -> None:
    put(cache, OTHER)
    entry = put(cache)
    path, manifest = entry.folder / "a.txt", entry.folder.parent / "entry.json"
    path.chmod(0o644)
    if damage == "gone":
        path.unlink()
    elif damage == "longer":
        path.write_text("hello and more")
    elif damage == "same size":
        path.write_text("jello")
        os.utime(path, ns=(1, 1))
    elif damage == "manifest gone":
        manifest.unlink()
    elif damage == "manifest text":
        manifest.write_text("{not json")
    else:
        manifest.write_bytes((cache.folder_of(OTHER) / "entry.json").read_bytes())
    assert cache.get(KEY) is None
    assert len(warnings) == 1
    assert "damaged" in warnings[0]
    assert not cache.folder_of(KEY).exists()
    put(cache)
    assert cache.get(KEY) is not None
    assert cache.get(OTHER) is not None


def test_touched_but_equal_file_is_no_damage(cache: Cache, warnings: list[str]) -> None:
    entry = put(cache)
    os.utime(entry.folder / "a.txt", ns=(5, 5))
    assert cache.get(KEY) is not None
    assert warnings == []


def test_first_of_two_equal_entries_stays(cache: Cache) -> None:
    first = put(cache)
    inode = (first.folder / "a.txt").stat().st_ino
    put(cache)
    assert (first.folder / "a.txt").stat().st_ino == inode


def test_unfinished_work_is_gone_when_the_cache_closes(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        with cache.workspace() as folder:
            (folder / "half.bin").write_bytes(b"x")
            assert list((tmp_path / "tmp").iterdir())
        assert not folder.exists()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "runs").iterdir()) == []


def test_only_plain_files_are_stored(cache: Cache) -> None:
    with cache.workspace() as folder:
        (folder / "made").mkdir()
        (folder / "made" / "link").symlink_to("/etc/hosts")
        with pytest.raises(MediakitError, match="not a plain file"):
            cache.store(KEY, folder / "made")
    assert cache.get(KEY) is None


def test_full_disk_is_one_clear_error(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        put(cache)
    monkeypatch.undo()
    assert cache.get(KEY) is None


def test_cache_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        Cache(tmp_path / "file")


def test_folder_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path))
    assert default_cache_folder() == tmp_path


# Claims


def test_claim_is_held_by_one_live_run(tmp_path: Path) -> None:
    with Cache(tmp_path) as one, Cache(tmp_path) as two:
        assert one.claim(KEY)
        assert not two.claim(KEY)
        one.release(KEY)
        assert two.claim(KEY)


def test_claim_of_a_dead_run_is_taken_over(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        (tmp_path / "claims" / KEY).symlink_to("1-999999-dead")
        assert cache.claim(KEY)


def test_leftovers_of_dead_runs_are_removed_and_live_ones_kept(tmp_path: Path) -> None:
    with Cache(tmp_path) as other, other.workspace() as alive, Cache(tmp_path) as cache:
        (tmp_path / "tmp" / "1-2-dead").mkdir()
        (tmp_path / "tmp" / "1-2-dead" / "big").write_bytes(b"x" * 100)
        (tmp_path / "claims" / KEY).symlink_to("1-2-dead")
        (tmp_path / "runs" / "1-2-dead.lock").write_text("")
        assert eviction.remove_leftovers(cache) == 1
        assert not (tmp_path / "tmp" / "1-2-dead").exists()
        assert not (tmp_path / "claims" / KEY).is_symlink()
        assert alive.exists()


# Eviction


def age(cache: Cache, key: str, seconds: float) -> None:
    cache.index._tell("UPDATE entries SET used = ? WHERE key = ?", [(time.time() - seconds, key)])


def test_least_recently_used_goes_first(cache: Cache) -> None:
    keys = [f"{number:064x}" for number in range(6)]
    for number, key in enumerate(keys):
        put(cache, key, "x" * 999)
        age(cache, key, 1000 - number)
    cache.flush_used()
    for number, key in enumerate(keys):
        age(cache, key, 1000 - number)
    removed = eviction.evict(cache, limit=3500)
    assert removed.entries == 3
    assert [cache.get(key) is None for key in keys] == [True, True, True, False, False, False]
    assert cache.index.total_size() == 3000


def test_what_this_run_uses_is_never_evicted(cache: Cache) -> None:
    put(cache)
    put(cache, OTHER)
    age(cache, KEY, 9999)
    assert cache.get(KEY) is not None
    cache.flush_used()
    assert eviction.evict(cache, limit=1).entries == 0
    assert cache.get(KEY) is not None


def test_what_another_live_run_used_is_kept(tmp_path: Path) -> None:
    with Cache(tmp_path) as other:
        put(other)
        other.flush_used()
        with Cache(tmp_path) as cache:
            assert eviction.evict(cache, limit=1).entries == 0
            with pytest.raises(UsageError, match="another run"):
                eviction.remove_all(cache)


def test_remove_older_and_all(cache: Cache) -> None:
    put(cache)
    put(cache, OTHER)
    cache.flush_used()
    age(cache, KEY, 5000)
    assert eviction.remove_older(cache, 3600).entries == 1
    assert cache.get(KEY) is None
    assert eviction.remove_all(cache).entries == 1
    assert cache.get(OTHER) is None
    assert cache.index.total_size() == 0


def test_lost_index_is_filled_again(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        put(cache)
    for path in tmp_path.glob("index.sqlite*"):
        path.write_bytes(b"this is no database, by far not one" * 100)
    with Cache(tmp_path) as cache:
        assert cache.get(KEY) is not None
        assert eviction.adopt_unknown(cache) == 1
        assert cache.index.total_size() > 0


def test_limit_from_the_environment(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAKIT_CACHE_LIMIT", "20GB")
    assert eviction.cache_limit(cache) == 20 * 10**9
    monkeypatch.setenv("MEDIAKIT_CACHE_LIMIT", "much")
    with pytest.raises(UsageError, match="MEDIAKIT_CACHE_LIMIT"):
        eviction.cache_limit(cache)
    monkeypatch.delenv("MEDIAKIT_CACHE_LIMIT")
    assert 0 < eviction.cache_limit(cache) <= eviction.DEFAULT_LIMIT


# Digests


def test_known_file_is_not_read_again(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"abc")
    os.utime(path, ns=(10**18, 10**18))
    first, _ = cache.digests.digest(path)

    def no_reading(*_: object) -> str:
        raise AssertionError("read again")

    monkeypatch.setattr("mediakit.engine.digests.digest_file", no_reading)
    assert cache.digests.digest(path)[0] == first


def test_fresh_file_is_not_trusted(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"abc")
    stamp = path.stat().st_mtime_ns
    first, _ = cache.digests.digest(path)
    path.write_bytes(b"xyz")
    os.utime(path, ns=(stamp, stamp))
    assert cache.digests.digest(path)[0] != first


def test_replaced_file_of_equal_size_and_time_is_noticed(cache: Cache, tmp_path: Path) -> None:
    path, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    path.write_bytes(b"abc")
    other.write_bytes(b"xyz")
    for one in (path, other):
        os.utime(one, ns=(10**18, 10**18))
    first, _ = cache.digests.digest(path)
    other.replace(path)
    assert cache.digests.digest(path)[0] != first


def test_file_that_changes_while_it_is_read(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"abc" * 1000)

    def grow(count: int) -> None:
        with path.open("ab") as stream:
            stream.write(b"more")

    with pytest.raises(InputError, match="changed while it was read"):
        cache.digests.digest(path, grow)


def test_index_works_from_many_threads(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite")

    def work(number: int) -> None:
        for count in range(20):
            index.keep_entry(f"{number}-{count}", 10, "x")
            index.add_speed("x", 2.0, 1.0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.total_size() == 800
    assert index.find_speed("x") == pytest.approx(2.0)
    index.close()


@pytest.mark.parametrize("found", [b"", b"no database at all" * 100])
def test_many_may_open_the_index_at_once(tmp_path, found):
    path = tmp_path / "index.sqlite"
    path.write_bytes(found)
    opened: list[Index] = []
    threads = [threading.Thread(target=lambda: opened.append(Index(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    opened[0].keep_entry("key", 5, "step")

    assert [index.total_size() for index in opened] == [5] * 8
    for index in opened:
        index.close()
