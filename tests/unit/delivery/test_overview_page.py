"""The overview: its page, table and states; that a title stays text and every link stays a link."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from page_reading import Page

from mediakit.delivery.overview import (
    Overview,
    OverviewCover,
    OverviewEpisode,
    OverviewFile,
    OverviewShort,
    OverviewTrouble,
    format_table,
    judge_state,
    main_language,
)
from mediakit.delivery.overview_labels import labels_for, tell
from mediakit.delivery.overview_page import build_page, list_pictures
from mediakit.delivery.overview_pictures import HEIGHT, shrink_picture
from mediakit.errors import InputError

EVIL = "<script>alert(\"1\")</script>' onclick='x' &amp; $style"


def file(**values: object) -> OverviewFile:
    base = {"channel": "douyin", "outlet": "抖音", "title": "灯", "file": "e p/dist/灯 #1?.mp4", "quality": "pass"}
    return OverviewFile.model_validate({**base, **values})


def episode(item: str = "ep1", *files: OverviewFile, **values: object) -> OverviewEpisode:
    shorts = (OverviewShort(id="s1", title="灯", opens_with="守夜人", score=0.5, seconds=12.3, files=files),)
    return OverviewEpisode.model_validate(
        {"item": item, "source": f"{item}.mp4", "shorts": shorts if files else (), "state": "done", **values}
    )


def overview(*episodes: OverviewEpisode, language: str = "zh") -> Overview:
    return Overview(name="守夜人", language=language, episodes=episodes)


def test_titles_stay_text_and_only_the_own_program_runs() -> None:
    bad = file(outlet=EVIL, title=EVIL, faults=(EVIL,), quality="warn", channel=EVIL)
    trouble = OverviewTrouble(step=EVIL, subject=EVIL, message=EVIL, hint=EVIL)
    made = build_page(overview(episode(EVIL, bad, troubles=(trouble,), state="look")))
    page = Page(made)
    assert [text for _, text in page.find("script")] == [page.find("script")[0][1]]
    assert not any(name.startswith("on") for _, attrs, _ in page.elements for name in attrs)
    policy = next(str(attrs["content"]) for attrs, _ in page.find("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http://" not in made
    assert "https://" not in made
    assert sum(EVIL in text for _, text in page.find("h2")) == 1


def test_links_lead_to_the_files_whatever_their_names() -> None:
    cover = OverviewCover(file="e p/dist/c.jpg", picture="overview_files/1.jpg", width=216, height=384)
    made = overview(episode("e p", file(covers=(cover,), package="e p/dist/抖音 100%")))
    links = {unquote(str(attrs["href"])) for attrs, _ in Page(build_page(made)).find("a")}
    assert {"./e p/dist/灯 #1?.mp4", "./e p/dist/抖音 100%"} <= links
    raw = {str(attrs["href"]) for attrs, _ in Page(build_page(made)).find("a")}
    assert not any("#" in link[1:] or "?" in link for link in raw)
    assert list_pictures(made) == ["overview_files/1.jpg"]
    scheme = build_page(overview(episode("x", file(file="javascript:alert(1)"))))
    assert 'href="./javascript%3Aalert%281%29"' in scheme


def test_what_failed_stands_before_everything_and_in_words() -> None:
    failed = episode(
        "ep2",
        state="failed",
        troubles=(OverviewTrouble(step="ingest", subject="ep2.mp4", message="is an empty file", stopped=True),),
    )
    chinese = Page(build_page(overview(episode("ep1", file()), failed)))
    details = chinese.find("details")
    assert len(details) == 1
    assert re.search(r"没有做出成片 \(1\)ep2 ep2\.mp4读取素材: 文件是空的", details[0][1])
    english = Page(build_page(overview(episode("ep1", file()), failed, language="en")))
    assert "Nothing was made of (1)" in english.find("details")[0][1]
    assert "ingest: is an empty file" in english.find("details")[0][1]
    assert (english.find("html")[0][0]["lang"], chinese.find("html")[0][0]["lang"]) == ("en", "zh-Hans")


def test_a_failed_check_is_told_once() -> None:
    troubles = (
        OverviewTrouble(step="qc", subject="a/s1", message="a: too loud"),
        OverviewTrouble(step="package", subject="a/s1", message="a: not packaged: its quality check failed: too loud"),
        OverviewTrouble(step="package", subject="b/s1", message="b: not packaged: unsigned"),
    )
    made = episode("ep1", file(kept_back=("x",)), state="look", troubles=troubles)
    listed = Page(build_page(overview(made, language="en"))).find("details")[0][1]
    assert listed.count("too loud") == 1
    assert "unsigned" in listed


def test_states() -> None:
    trouble = OverviewTrouble(step="highlights", message="1 of 2 shorts")
    short = OverviewShort(id="s", files=(file(),))
    assert judge_state((), ()) == "failed"
    assert judge_state((OverviewShort(id="s"),), ()) == "failed"
    assert judge_state((short,), ()) == "done"
    assert judge_state((short,), (trouble,)) == "look"
    assert judge_state((OverviewShort(id="s", files=(file(kept_back=("unsigned",)),)),), ()) == "look"


def test_the_table_opens_in_a_spreadsheet_and_holds_no_formula() -> None:
    evil = file(title="=HYPERLINK(1)", faults=("a\nb", 'c,"d"'))
    failed = episode(
        "-bad", state="failed", troubles=(OverviewTrouble(step="ingest", message="is empty", stopped=True),)
    )
    text = format_table(overview(episode("ep1", evil, file(channel="b")), failed))
    assert text.startswith("\ufeffepisode,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["episode"] for row in rows] == ["ep1", "ep1", "'-bad"]
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["remarks"] == 'a b; c,"d"'
    assert rows[0]["seconds"] == "0"
    assert rows[2]["remarks"] == "ingest: is empty"


def test_the_language_is_what_most_speak() -> None:
    spoken = [episode(f"e{number}", language=language) for number, language in enumerate(["en", "zh", "", "zh"])]
    assert main_language(spoken) == "zh"
    assert main_language([episode()]) == ""


def test_messages_that_are_not_known_stay() -> None:
    chinese = labels_for("zh-Hans")
    assert tell("is cut short: 2.4 of 4.0 s are there", chinese) == "文件不完整：全长 4.0 秒，只有 2.4 秒"
    few = "the episode has 18 s of speech: only 2 shorts of 5–12 s fit without overlap{}, 3 asked for"
    for more in ("", " and without saying the same twice"):
        assert tell(few.format(more), chinese) == "只有 18 秒语音：5–12 秒且不重叠的只有 2 条，要了 3 条"
    assert tell("something new", chinese) == "something new"
    assert tell("is an empty file", labels_for("en")) == "is an empty file"


def test_equal_overviews_give_equal_bytes_and_come_back() -> None:
    made = overview(episode("ep1", file()))
    again = Overview.model_validate_json(made.to_json())
    assert again == made
    assert build_page(again) == build_page(made)


def test_pictures_are_small_copies(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (1080, 1440), (200, 30, 30)).save(tmp_path / "a.jpg")
    data, width, height = shrink_picture(tmp_path / "a.jpg")
    assert (width, height) == (288, HEIGHT)
    with Image.open(io.BytesIO(data)) as small:
        assert small.size == (288, HEIGHT)
        red, green, _ = small.getpixel((100, 100))
        assert red > 180
        assert green < 60
    assert shrink_picture(tmp_path / "a.jpg")[0] == data
    Image.new("RGB", (64, 36)).save(tmp_path / "tiny.png")
    assert shrink_picture(tmp_path / "tiny.png")[1:] == (64, 36)
    (tmp_path / "no.jpg").write_bytes(b"<html>")
    with pytest.raises(InputError, match="cannot be read as a picture"):
        shrink_picture(tmp_path / "no.jpg")
