from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from library_facts import make_info, write_media

from mediakit.errors import InputError
from mediakit.library import verify as verify_module
from mediakit.library.assets import Library
from mediakit.library.gathering import gather_media
from mediakit.library.verify import verify_library


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "lib", create=True) as opened:
        yield opened


def add(library: Library, path: Path, content: bytes) -> Path:
    write_media(path, content)
    library.add_asset(make_info(path), path)
    return path


def states(library: Library, *, full: bool = False) -> dict[str, str]:
    return {finding.path.name: finding.state for finding in verify_library(library, full=full)}


def test_everything_in_place_reads_nothing(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    add(library, tmp_path / "a.mp4", b"a")
    monkeypatch.setattr(verify_module, "digest_file", lambda path: pytest.fail("read a file that had not changed"))
    assert states(library) == {"a.mp4": "unchanged"}


def test_missing_changed_and_replaced(library: Library, tmp_path: Path):
    for name in ("here", "gone", "edited", "swapped"):
        add(library, tmp_path / f"{name}.mp4", name.encode())
    (tmp_path / "gone.mp4").unlink()
    (tmp_path / "edited.mp4").write_bytes(b"other")
    shutil.copy(tmp_path / "here.mp4", tmp_path / "swapped.mp4")
    expected = {
        "here.mp4": "unchanged",
        "gone.mp4": "missing",
        "edited.mp4": "changed",
        "swapped.mp4": "replaced",
    }
    assert states(library) == states(library, full=True) == expected
    swapped = next(f for f in verify_library(library) if f.path.name == "swapped.mp4")
    assert swapped.now == library.find_asset(str(tmp_path / "here.mp4")).digest


def test_a_missing_original_names_its_copies(library: Library, tmp_path: Path):
    first = add(library, tmp_path / "a.mp4", b"same")
    copy = add(library, tmp_path / "b.mp4", b"same")
    first.unlink()
    finding = next(f for f in verify_library(library) if f.path == first)
    assert (finding.state, finding.copies) == ("missing", (copy,))


def test_a_touched_file_is_read_once_and_then_known(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clip = add(library, tmp_path / "a.mp4", b"a")
    os.utime(clip, ns=(1, 1))
    assert states(library) == {"a.mp4": "unchanged"}
    monkeypatch.setattr(verify_module, "digest_file", lambda path: pytest.fail("read again"))
    assert states(library) == {"a.mp4": "unchanged"}


def test_only_the_full_check_sees_bytes_changed_behind_the_times(library: Library, tmp_path: Path):
    clip = add(library, tmp_path / "a.mp4", b"abc")
    status = clip.stat()
    with clip.open("r+b") as stream:
        stream.write(b"x")
    os.utime(clip, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert states(library) == {"a.mp4": "unchanged"}
    assert states(library, full=True) == {"a.mp4": "changed"}


def test_a_folder_in_its_place_is_missing(library: Library, tmp_path: Path):
    clip = add(library, tmp_path / "a.mp4", b"a")
    clip.unlink()
    clip.mkdir()
    assert states(library) == {"a.mp4": "missing"}


def test_progress_counts_paths(library: Library, tmp_path: Path):
    add(library, tmp_path / "a.mp4", b"a")
    add(library, tmp_path / "b.mp4", b"b")
    seen: list[tuple[int, int]] = []
    verify_library(library, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_folders_give_their_media_in_order_hidden_ones_left_out(tmp_path: Path):
    for name in ("b.MP4", "a.mov", "sub/deep/c.wav", "notes.txt", ".hidden.mp4", ".cache/d.mp4", "sub/e.jpg"):
        write_media(tmp_path / "card" / name)
    (tmp_path / "card" / "loop").symlink_to(tmp_path / "card", target_is_directory=True)
    named = write_media(tmp_path / "odd.xyz")
    found = gather_media([tmp_path / "card", named, tmp_path / "card" / "a.mov", tmp_path / "missing.mp4"])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        *("card/a.mov", "card/b.MP4", "card/sub/deep/c.wav", "odd.xyz", "missing.mp4"),
    ]


def test_a_folder_without_media_is_refused(tmp_path: Path):
    write_media(tmp_path / "card" / "notes.txt")
    with pytest.raises(InputError, match="no media"):
        gather_media([tmp_path / "card"])
