"""Packages: what goes in, what stays behind, and bags that verify."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.delivery.bag import BagWriter, encode_name, verify_bag
from mediakit.delivery.index import PackageIndex
from mediakit.delivery.packaging import (
    Candidate,
    build_packages,
    judge_report,
    programme_digest,
    write_index,
)
from mediakit.delivery.publication import OutletText, Words, format_iso_duration, make_identifier, make_slug
from mediakit.errors import InputError
from mediakit.media.digests import digest_file
from mediakit.media.playlist import digest_programme
from mediakit.media.qcreport import Check, QcReport
from mediakit.media.rendition import Rendition, RenditionFile

STEM = "第一集 “样片” 🎬"
WORDS = Words(series="大国工匠", episode="3", title="钟表匠", tags=("工匠",), publisher="县融媒")


def entry(folder: Path, name: str, role: str) -> RenditionFile:
    path = folder / name
    return RenditionFile.model_validate(
        {"path": name, "role": role, "digest": digest_file(path), "size": path.stat().st_size}
    )


def make_rendition(folder: Path, channel: str = "wx", content: bytes = b"film", **values: object) -> Rendition:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{STEM}.mp4").write_bytes(content)
    (folder / f"{STEM}.zh.srt").write_text("1\n")
    (folder / "cover 3x4.jpg").write_bytes(b"jpg")
    files = (
        entry(folder, f"{STEM}.mp4", "programme"),
        entry(folder, f"{STEM}.zh.srt", "subtitle"),
        entry(folder, "cover 3x4.jpg", "cover"),
    )
    data = {
        "channel": channel,
        "stem": STEM,
        "source_digest": "0" * 64,
        "duration": 90.5,
        "width": 1080,
        "height": 1920,
        "fps": 25,
        "main": f"{STEM}.mp4",
        "files": files,
    }
    return Rendition.model_validate({**data, **values})


def make_candidate(folder: Path, channel: str = "wx", content: bytes = b"film", **values: object) -> Candidate:
    rendition = make_rendition(folder, channel, content)
    given_values = {"digest": programme_digest(rendition, folder), "outlet_title": "视频号", **values}
    return Candidate(rendition, folder, **given_values)  # type: ignore[arg-type]


def read_tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("link", [False, True])
def test_package_holds_everything_and_verifies(tmp_path: Path, link: bool) -> None:
    index = build_packages([make_candidate(tmp_path / "r")], WORDS, tmp_path / "dist", link=link)
    folder = tmp_path / "dist" / index.packages[0].folder
    assert verify_bag(folder) == []
    assert {p.name for p in (folder / "data").iterdir()} == {
        f"{STEM}.mp4",
        f"{STEM}.zh.srt",
        "cover 3x4.jpg",
        "metadata.json",
    }
    meta = json.loads((folder / "data" / "metadata.json").read_text())
    assert meta["schema"] == "mediakit/publication/1"
    assert meta["@type"] == "VideoObject"
    assert meta["name"] == "钟表匠"
    assert meta["duration"] == "PT1M30.5S"
    assert meta["identifier"] == folder.name
    assert meta["contentUrl"] == f"{STEM}.mp4"
    main = folder / "data" / meta["contentUrl"]
    assert meta["digest"] == hashlib.sha256(main.read_bytes()).hexdigest()


def test_equal_inputs_give_equal_bytes_anywhere(tmp_path: Path) -> None:
    trees = []
    for place in ("one", "another place"):
        candidate = make_candidate(tmp_path / place / "r")
        index = build_packages([candidate], WORDS, tmp_path / place / "dist")
        write_index(index, tmp_path / place / "dist")
        trees.append(read_tree(tmp_path / place / "dist"))
    assert trees[0] == trees[1]
    assert not any(str(tmp_path).encode() in content for content in trees[0].values())


def test_changed_file_is_left_out_and_the_others_are_packaged(tmp_path: Path) -> None:
    good, bad = make_candidate(tmp_path / "a", "wx"), make_candidate(tmp_path / "b", "douyin")
    (tmp_path / "b" / f"{STEM}.zh.srt").write_text("2\n")
    index = build_packages([good, bad], WORDS, tmp_path / "dist")
    assert [one.channel for one in index.packages] == ["wx"]
    assert index.left_out[0].channel == "douyin"
    assert "changed after it was rendered" in index.left_out[0].reasons[0]
    assert not list((tmp_path / "dist").glob("douyin*/*"))


@pytest.mark.parametrize("missing", [f"{STEM}.mp4", "cover 3x4.jpg"])
def test_missing_file_is_left_out(tmp_path: Path, missing: str) -> None:
    candidate = make_candidate(tmp_path / "a")
    (tmp_path / "a" / missing).unlink()
    index = build_packages([candidate], WORDS, tmp_path / "dist")
    assert index.packages == ()
    assert not [p for p in (tmp_path / "dist").rglob("*") if p.is_file()]


def test_reasons_keep_a_rendition_back(tmp_path: Path) -> None:
    candidate = make_candidate(tmp_path / "a", reasons=("sign-off missing: editor",))
    index = build_packages([candidate], WORDS, tmp_path / "dist")
    assert index.packages == ()
    assert "sign-off missing: editor" in index.to_markdown()


def test_package_again_replaces_the_same_id(tmp_path: Path) -> None:
    candidate = make_candidate(tmp_path / "a")
    first = build_packages([candidate], WORDS, tmp_path / "dist")
    folder = tmp_path / "dist" / first.packages[0].folder
    (folder / "data" / "stray.txt").write_text("left by someone")
    assert verify_bag(folder) != []
    second = build_packages([candidate], WORDS, tmp_path / "dist")
    assert second == first
    assert verify_bag(folder) == []
    assert len(list(folder.parent.iterdir())) == 1


def test_new_content_has_a_new_id(tmp_path: Path) -> None:
    one = make_candidate(tmp_path / "a", content=b"one")
    two = make_candidate(tmp_path / "b", content=b"two")
    ids = {make_identifier(c.rendition, WORDS, c.digest) for c in (one, two)}
    assert len(ids) == 2
    assert all(name.startswith("大国工匠-3-wx-") for name in ids)


@given(st.text(max_size=80))
def test_slugs_are_safe_folder_names(text: str) -> None:
    slug = make_slug(text)
    assert "/" not in slug
    assert not slug.startswith((".", "-"))
    assert len(slug) <= 40
    assert make_slug(slug) == slug


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (5.24, "PT5.2S"), (60, "PT1M"), (90.5, "PT1M30.5S"), (3661, "PT1H1M1S")]
)
def test_iso_duration(seconds: float, text: str) -> None:
    assert format_iso_duration(seconds) == text


def report(digest: str, verdict: str, *, gated: bool = True, channel: str = "wx") -> QcReport:
    check = Check.model_validate({"id": "loudness", "verdict": verdict, "message": "integrated loudness −11.2 LUFS"})
    return QcReport(file="x", file_digest=digest, channel=channel, verdict=check.verdict, gated=gated, checks=(check,))


def test_failed_report_forbids_unless_it_does_not_gate(tmp_path: Path) -> None:
    one = make_candidate(tmp_path / "a")
    assert judge_report(one.rendition, one.digest, None) == []
    assert judge_report(one.rendition, one.digest, report(one.digest, "warn")) == []
    assert "−11.2 LUFS" in judge_report(one.rendition, one.digest, report(one.digest, "fail"))[0]
    assert judge_report(one.rendition, one.digest, report(one.digest, "fail", gated=False)) == []
    assert "another file" in judge_report(one.rendition, one.digest, report("f" * 64, "pass"))[0]
    assert "another file" in judge_report(one.rendition, one.digest, report(one.digest, "pass", channel="tv"))[0]


def test_report_goes_into_the_package(tmp_path: Path) -> None:
    candidate = make_candidate(tmp_path / "a")
    candidate = make_candidate(tmp_path / "a", report=report(candidate.digest, "warn"))
    index = build_packages([candidate], WORDS, tmp_path / "dist")
    data = tmp_path / "dist" / index.packages[0].folder / "data"
    assert QcReport.read(data / "qc.json").verdict == "warn"
    assert json.loads((data / "metadata.json").read_text())["quality"] == "warn"


def test_words_of_an_outlet_win_and_a_short_keeps_its_title(tmp_path: Path) -> None:
    words = WORDS.model_copy(update={"outlets": {"wx": OutletText(title="视频号标题")}})
    programme = make_rendition(tmp_path / "a")
    short = make_rendition(tmp_path / "b", short="s1", title="短片标题")
    assert words.for_outlet(programme).title == "视频号标题"
    assert words.for_outlet(programme).tags == ("工匠",)
    assert words.for_outlet(short).title == "短片标题"


def test_stream_digest_is_that_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    (folder / "hls").mkdir(parents=True)
    (folder / "hls" / "master.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.m4s\n#EXT-X-ENDLIST\n")
    (folder / "hls" / "0.m4s").write_bytes(b"seg")
    names = ("hls/master.m3u8", "hls/0.m4s")
    rendition = make_rendition(
        folder, main=names[0], files=(entry(folder, names[0], "playlist"), entry(folder, names[1], "segment"))
    )
    assert programme_digest(rendition, folder) == digest_programme(folder / names[0])
    unlisted = rendition.model_copy(update={"files": rendition.files[:1]})
    with pytest.raises(InputError, match="no digest of 0"):
        programme_digest(unlisted, folder)


NAMES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="/\\\x00"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=40), min_size=1, max_size=4))
def test_bags_take_any_name(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    base = tmp_path_factory.mktemp("bag")
    bag = BagWriter(base / "bag")
    for number, (name, content) in enumerate(files.items()):
        source = base / str(number)
        source.write_bytes(content)
        bag.add(name, source, hashlib.sha256(content).hexdigest())
    bag.close({"External-Identifier": "x"})
    assert verify_bag(base / "bag") == []
    oxum = f"Payload-Oxum: {sum(map(len, files.values()))}.{len(files)}"
    assert oxum in (base / "bag" / "bag-info.txt").read_text()


def test_manifest_names_are_escaped() -> None:
    assert encode_name("50%\r\nof.mp4") == "50%25%0D%0Aof.mp4"


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "a/../../b", ""])
def test_bag_refuses_names_that_leave_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(InputError, match="cannot be a file's name"):
        BagWriter(tmp_path / "bag").add(name, tmp_path / "x")


@pytest.mark.parametrize("damage", ["changed", "removed", "added", "manifest"])
def test_damage_to_a_bag_is_found(tmp_path: Path, damage: str) -> None:
    index = build_packages([make_candidate(tmp_path / "r")], WORDS, tmp_path / "dist")
    folder = tmp_path / "dist" / index.packages[0].folder
    if damage == "changed":
        (folder / "data" / "cover 3x4.jpg").write_bytes(b"JPG")
    elif damage == "removed":
        (folder / "data" / "cover 3x4.jpg").unlink()
    elif damage == "added":
        (folder / "data" / "more.txt").write_text("x")
    else:
        manifest = folder / "manifest-sha256.txt"
        manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[1:]))
    assert verify_bag(folder) != []


def test_index_escapes_what_would_break_its_table(tmp_path: Path) -> None:
    words = Words(series="a | b\nc", title="t|t")
    index = build_packages([make_candidate(tmp_path / "r")], words, tmp_path / "dist")
    rows = [line for line in index.to_markdown().splitlines() if line.startswith("| wx")]
    assert len(rows) == 1
    assert "t\\|t" in rows[0]
    assert PackageIndex.model_validate_json(index.to_json()) == index
