"""Sign-offs: their order, their people, their tie to the content, and a ledger that shows tampering."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import GateError, InputError, UsageError
from mediakit.media.playlist import digest_programme
from mediakit.review.ledger import Ledger, clean_name, find_ledger, name_key, read_ledger, relative_name
from mediakit.review.signing import ReviewStatus, parse_role, review_content, sign_file


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "render" / "wx" / "第一集 “样片” 🎬.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"film")
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "review.json"


def status(film: Path, ledger: Path) -> ReviewStatus:
    return review_content(read_ledger(ledger), digest_programme(film), relative_name(film, ledger))


def sign_all(film: Path, ledger: Path) -> None:
    for level, name in enumerate(("张三", "李四", "王五"), 1):
        sign_file(film, ledger, name=name, level=level)


def test_three_people_sign_in_order(film: Path, ledger: Path) -> None:
    sign_all(film, ledger)
    found = status(film, ledger)
    assert [entry.name for entry in found.signed] == ["张三", "李四", "王五"]
    assert [entry.role for entry in found.signed] == ["editor", "department", "leader"]
    assert found.missing(3) == ()
    assert found.signed[0].file == "render/wx/第一集 “样片” 🎬.mp4"


@pytest.mark.parametrize("level", [2, 3])
def test_a_level_cannot_be_skipped(film: Path, ledger: Path, level: int) -> None:
    with pytest.raises(GateError, match="before editor"):
        sign_file(film, ledger, name="李四", level=level)
    assert not ledger.exists()


@pytest.mark.parametrize("spelling", ["Zhang San", "ZHANG  SAN", " ｚｈａｎｇ　ｓａｎ ", "zhang\tsan"])
def test_one_person_cannot_sign_twice_under_any_spelling(film: Path, ledger: Path, spelling: str) -> None:
    sign_file(film, ledger, name="Zhang San", level=1)
    with pytest.raises(GateError, match="signed this file already as editor"):
        sign_file(film, ledger, name=spelling, level=2)


def test_a_level_is_signed_once(film: Path, ledger: Path) -> None:
    sign_file(film, ledger, name="张三", level=1)
    with pytest.raises(GateError, match="already: 张三"):
        sign_file(film, ledger, name="赵六", level=1)


def test_a_new_render_voids_all_and_starts_over(film: Path, ledger: Path) -> None:
    sign_all(film, ledger)
    film.write_bytes(b"film, rendered again")
    found = status(film, ledger)
    assert found.signed == ()
    assert [entry.name for entry in found.void] == ["张三", "李四", "王五"]
    assert "void: the file changed after it was signed" in found.describe()
    with pytest.raises(GateError, match="changed after it was signed"):
        sign_file(film, ledger, name="李四", level=2)
    sign_file(film, ledger, name="李四", level=1)
    assert [entry.name for entry in status(film, ledger).signed] == ["李四"]


def test_going_back_to_the_signed_content_makes_the_sign_offs_valid(film: Path, ledger: Path) -> None:
    sign_all(film, ledger)
    film.write_bytes(b"other")
    film.write_bytes(b"film")
    assert status(film, ledger).level == 3


def test_a_stream_is_signed_with_its_segments(tmp_path: Path, ledger: Path) -> None:
    (tmp_path / "s").mkdir()
    master, media, segment = tmp_path / "s" / "master.m3u8", tmp_path / "s" / "v.m3u8", tmp_path / "s" / "0.m4s"
    master.write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")
    media.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.m4s\n#EXT-X-ENDLIST\n")
    segment.write_bytes(b"one")
    sign_file(master, ledger, name="张三", level=1)
    segment.write_bytes(b"two")
    assert status(master, ledger).level == 0
    segment.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        status(master, ledger)


def tamper(ledger: Path, change: str) -> None:
    data = json.loads(ledger.read_text())
    entries = data["entries"]
    if change == "name":
        entries[1]["name"] = "赵六"
    elif change == "digest":
        entries[0]["digest"] = "f" * 64
    elif change == "date":
        entries[2]["signed_at"] = "2020-01-01T00:00:00Z"
    elif change == "removed":
        del entries[1]
    elif change == "swapped":
        entries[0], entries[1] = entries[1], entries[0]
    elif change == "cut":
        del entries[2]
    elif change == "seal":
        entries[2]["seal"] = "0" * 64
    ledger.write_text(json.dumps(data))


@pytest.mark.parametrize("change", ["name", "digest", "date", "removed", "swapped", "cut", "seal"])
def test_tampering_is_noticed(film: Path, ledger: Path, change: str) -> None:
    sign_all(film, ledger)
    tamper(ledger, change)
    with pytest.raises(GateError, match="tampered"):
        read_ledger(ledger)
    film.write_bytes(b"new")
    with pytest.raises(GateError, match="tampered"):
        sign_file(film, ledger, name="孙七", level=1)


def test_entries_are_only_ever_appended(film: Path, ledger: Path) -> None:
    sign_file(film, ledger, name="张三", level=1)
    before = Ledger.read(ledger).entries
    film.write_bytes(b"2")
    sign_file(film, ledger, name="李四", level=1, note="  第二版 ")
    after = Ledger.read(ledger).entries
    assert after[: len(before)] == before
    assert after[-1].note == "第二版"
    assert after[-1].previous == before[-1].seal


def test_many_sign_at_once_and_none_is_lost(tmp_path: Path, ledger: Path) -> None:
    films = [tmp_path / f"{number}.mp4" for number in range(12)]
    for number, path in enumerate(films):
        path.write_bytes(str(number).encode())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda path: sign_file(path, ledger, name="张三", level=1), films))
    assert len(read_ledger(ledger).entries) == 12


@pytest.mark.parametrize("name", ["", "   ", "\n", "a\x00b", "x" * 81, "\u202eevil"])
def test_names_must_be_names(film: Path, ledger: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a person's name"):
        sign_file(film, ledger, name=name, level=1)


@given(st.text(max_size=60))
def test_name_keys_are_stable(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
    assert name_key(f"  {name}\t") == name_key(name)


@pytest.mark.parametrize("level", [0, 4, -1])
def test_unknown_level(film: Path, ledger: Path, level: int) -> None:
    with pytest.raises(UsageError, match="no level"):
        sign_file(film, ledger, name="张三", level=level)


def test_roles_have_levels() -> None:
    assert [parse_role(role) for role in ("editor", "department", "leader")] == [1, 2, 3]
    with pytest.raises(UsageError, match="no role"):
        parse_role("boss")


def test_names_keep_their_writing() -> None:
    assert clean_name("  欧阳  娜娜 ") == "欧阳 娜娜"


def test_ledger_is_found_above_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "render" / "wx"
    folder.mkdir(parents=True)
    film = folder / "a.mp4"
    assert find_ledger(film) == folder / "review.json"
    (tmp_path / "out" / ".mediakit").mkdir()
    assert find_ledger(film) == tmp_path / "out" / "review.json"
    (tmp_path / "out" / "render" / "review.json").write_text("{}")
    assert find_ledger(film) == tmp_path / "out" / "render" / "review.json"


def test_equal_files_in_two_channels_are_signed_together(film: Path, ledger: Path) -> None:
    twin = film.with_name("twin.mp4")
    twin.write_bytes(film.read_bytes())
    first = sign_file(film, ledger, name="张三", level=1)
    assert sign_file(twin, ledger, name=" 张三 ", level=1) == first
    assert len(read_ledger(ledger).entries) == 1
    assert status(twin, ledger).level == 1
    with pytest.raises(GateError, match="already: 张三"):
        sign_file(twin, ledger, name="李四", level=1)
