from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from library_facts import make_info, make_transcript, write_media

from mediakit.errors import InputError, ToolError, UsageError
from mediakit.library import database
from mediakit.library.assets import Library
from mediakit.library.database import FILE_NAME, default_folder
from mediakit.library.model import Details


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "lib", create=True) as opened:
        yield opened


def test_an_asset_keeps_what_was_said_of_it(library: Library, tmp_path: Path):
    clip = write_media(tmp_path / "车间 01.mp4")
    picture = write_media(tmp_path / "t.jpg", b"jpeg")
    details = Details(series="工匠", column="晚间", notes="第一天", shot_on="2026-05-01", tags=("焊接", " 人物 ", ""))
    added = library.add_asset(make_info(clip), clip, details, thumbnail=picture)
    asset = library.get_asset(added.asset.digest)
    assert added.is_new
    assert added.asset == asset
    assert (asset.name, asset.series, asset.column, asset.notes) == ("车间 01", "工匠", "晚间", "第一天")
    assert asset.tags == ("人物", "焊接")
    assert asset.paths == (clip,)
    assert asset.thumbnail is not None
    assert asset.thumbnail.read_bytes() == b"jpeg"
    assert asset.thumbnail.is_relative_to(library.folder)
    assert library.get_probe(asset.digest) == make_info(clip)


def test_adding_again_changes_nothing(library: Library, tmp_path: Path):
    clip = write_media(tmp_path / "a.mp4")
    details = Details(series="S", tags=("x",), notes="n")
    first = library.add_asset(make_info(clip), clip, details)
    dump = list(library.connection.iterdump())
    second = library.add_asset(make_info(clip), clip, details)
    third = library.add_asset(make_info(clip), clip)
    assert (second.is_new, second.duplicates) == (False, ())
    assert first.asset == second.asset == third.asset
    assert list(library.connection.iterdump()) == dump


def test_an_exact_duplicate_is_one_asset_with_two_paths(library: Library, tmp_path: Path):
    first = write_media(tmp_path / "a.mp4")
    second = write_media(tmp_path / "card" / "copy of a.mp4")
    library.add_asset(make_info(first), first)
    added = library.add_asset(make_info(second), second)
    assert not added.is_new
    assert added.duplicates == (first,)
    assert len(library.list_assets()) == 1
    assert set(added.asset.paths) == {first, second}


def test_a_path_with_new_content_belongs_to_the_new_asset(library: Library, tmp_path: Path):
    clip = write_media(tmp_path / "a.mp4", b"one")
    old = library.add_asset(make_info(clip), clip).asset
    write_media(clip, b"two, longer")
    new = library.add_asset(make_info(clip), clip).asset
    assert new.digest != old.digest
    assert library.get_asset(old.digest).paths == ()
    assert library.get_asset(new.digest).paths == (clip,)


def test_an_empty_word_takes_a_detail_away(library: Library, tmp_path: Path):
    clip = write_media(tmp_path / "a.mp4")
    library.add_asset(make_info(clip), clip, Details(series="S", notes="n"))
    asset = library.add_asset(make_info(clip), clip, Details(series="")).asset
    assert (asset.series, asset.notes) == (None, "n")


def test_the_shooting_date_comes_from_the_file_unless_it_is_said(library: Library, tmp_path: Path):
    one = write_media(tmp_path / "1.mp4", b"1")
    two = write_media(tmp_path / "2.mp4", b"2")
    three = write_media(tmp_path / "3.mp4", b"3")
    assert library.add_asset(make_info(one, created="2012-05-09T14:46:38-0400"), one).asset.shot_on == "2012-05-09"
    said = library.add_asset(make_info(two, created="2012-05-09"), two, Details(shot_on="2026-01-02"))
    assert said.asset.shot_on == "2026-01-02"
    assert library.add_asset(make_info(three, created="sometime"), three).asset.shot_on is None


def test_filters_and_counts(library: Library, tmp_path: Path):
    plan = [("A", "早", "2026-01-01"), ("A", "早", "2026-01-01"), ("A", "早", "2026-01-02"), ("A", "晚", None),
            ("B", None, None), (None, None, None)]  # fmt: skip
    for number, (series, column, day) in enumerate(plan):
        clip = write_media(tmp_path / f"{number}.mp4", b"%d" % number)
        details = Details(series=series, column=column, shot_on=day, tags=("t",) if number == 0 else ())
        library.add_asset(make_info(clip, duration=90), clip, details)
    assert [a.name for a in library.list_assets(series="A")] == ["0", "1", "2", "3"]
    assert [a.name for a in library.list_assets(series="A", column="晚")] == ["3"]
    assert [a.name for a in library.list_assets(tag="t")] == ["0"]
    counts = {(c.series, c.column): (c.clips, c.shoots, c.minutes) for c in library.count_assets()}
    assert counts == {
        ("A", "早"): (3, 2, 4.5),
        ("A", "晚"): (1, 1, 1.5),
        ("B", None): (1, 1, 1.5),
        (None, None): (1, 1, 1.5),
    }


def test_an_asset_is_found_by_path_digest_and_name(library: Library, tmp_path: Path):
    one, two = write_media(tmp_path / "a.mp4", b"1"), write_media(tmp_path / "b" / "a.mp4", b"2")
    first = library.add_asset(make_info(one), one).asset
    library.add_asset(make_info(two), two)
    assert library.find_asset(str(one)) == first
    assert library.find_asset(first.digest[:8]) == first
    with pytest.raises(UsageError, match="2 assets"):
        library.find_asset("a")
    with pytest.raises(InputError, match="no asset"):
        library.find_asset("zzz")


def test_transcripts_are_kept_and_replaced_by_engine(library: Library, tmp_path: Path):
    clip = write_media(tmp_path / "a.mp4")
    digest = library.add_asset(make_info(clip), clip).asset.digest
    library.add_transcript(digest, make_transcript("旧的话"))
    library.add_transcript(digest, make_transcript("新的话"))
    library.add_transcript(digest, make_transcript("old words", language="en"))
    assert [t.text for t in library.get_transcripts(digest)] == ["old words", "新的话"]
    assert library.get_asset(digest).languages == ("en", "zh")
    with pytest.raises(InputError, match="no asset"):
        library.add_transcript("0" * 64, make_transcript("x"))


def test_a_library_that_is_not_there(tmp_path: Path):
    with pytest.raises(InputError, match="no asset library") as caught:
        Library.open(tmp_path / "none")
    assert caught.value.hint
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_no_library(tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"hello, this is no database at all " * 40)
    with pytest.raises(InputError, match="not an asset library"):
        Library.open(tmp_path)


def test_a_newer_library_is_refused(tmp_path: Path):
    Library.open(tmp_path, create=True).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(InputError, match="newer"):
        Library.open(tmp_path)


def test_an_older_library_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clip = write_media(tmp_path / "a.mp4")
    with Library.open(tmp_path / "lib", create=True) as library:
        before = library.add_asset(make_info(clip), clip, Details(notes="stays")).asset
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, "ALTER TABLE assets ADD COLUMN rights TEXT;"))
    with Library.open(tmp_path / "lib") as library:
        assert library.get_asset(before.digest) == before
        assert library.connection.execute("SELECT rights FROM assets").fetchone()[0] is None
        assert library.connection.execute("PRAGMA user_version").fetchone()[0] == len(database.MIGRATIONS)


def test_a_migration_that_fails_leaves_the_library_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Library.open(tmp_path, create=True).close()
    broken = "ALTER TABLE assets ADD COLUMN rights TEXT;\nALTER TABLE nothing ADD COLUMN x TEXT;\n"
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, broken))
        with pytest.raises(ToolError):
            Library.open(tmp_path)
    with Library.open(tmp_path) as library:
        columns = [row["name"] for row in library.connection.execute("PRAGMA table_info (assets)")]
    assert "rights" not in columns


def test_the_usual_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MEDIAKIT_LIBRARY", str(tmp_path / "x"))
    assert default_folder() == tmp_path / "x"
    monkeypatch.delenv("MEDIAKIT_LIBRARY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_folder().name == "library"


def _write_many(folder: str, start: int) -> None:
    for number in range(start, start + 15):
        clip = write_media(Path(folder) / f"{number}.mp4", b"%d" % (number % 20))
        with Library.open(Path(folder) / "lib", create=True) as library:
            digest = library.add_asset(make_info(clip), clip, Details(notes=f"note {number}")).asset.digest
            library.add_transcript(digest, make_transcript(f"第{number}句话"))


def test_several_processes_write_at_once(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(str(tmp_path), start)) for start in (0, 10, 20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with Library.open(tmp_path / "lib") as library:
        assets = library.list_assets()
        assert len(assets) == 20
        assert sum(len(asset.paths) for asset in assets) == 35
        assert library.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        library.connection.execute("INSERT INTO grams (grams) VALUES ('integrity-check')")
