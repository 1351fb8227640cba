"""The built-in profiles against the facts they were written from, and users' own laid over them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mediakit.channels import builtin
from mediakit.channels.loading import get_channel, load_profiles
from mediakit.errors import InputError, RecipeError
from mediakit.media.mistakes import suggest
from mediakit.media.yamltree import read_yaml

CHINA = [
    "tv_hd", "tv_web", "tv_uhd", "wx_channels", "douyin", "bilibili", "xiaohongshu", "weibo",
    "kuaishou", "toutiao", "baijiahao", "gzh", "xuexi", "radio", "app_hls", "remote_education",
]  # fmt: skip
INTERNATIONAL = ["youtube", "youtube_shorts", "tiktok", "instagram_reels", "facebook", "x", "linkedin", "podcast"]


def test_every_outlet_of_the_tables_is_there_with_its_source() -> None:
    profiles = load_profiles()
    assert {*CHINA, *INTERNATIONAL} <= set(profiles.channels)
    for group in (profiles.channels, profiles.loudness, profiles.subtitles, profiles.safe_areas, profiles.qc):
        for profile in group.values():
            assert profile.source
            assert profile.grade in ("O", "C", "P", "M", "R", "proposal")
            assert profile.checked_on == date(2026, 11, 22)
            assert profile.title
    for rules in profiles.qc.values():
        assert all(rule.source and rule.grade for rule in rules.rules.values())


def test_entries_read_one_by_one_are_those_of_the_whole_files() -> None:
    folder = Path(builtin.__file__).parent
    for section, names in builtin.BUILT_IN.items():
        whole = {name: raw for file in names for name, raw in read_yaml(folder / file).data.items()}
        assert whole
        assert list(builtin.read_built_in(section).items()) == list(whole.items())
    assert {name for names in builtin.BUILT_IN.values() for name in names} == {p.name for p in folder.glob("*.yaml")}


def test_an_entry_is_made_once_and_only_when_it_is_asked_for() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    entries = builtin.Entries(["a", "b"], make)
    assert list(entries) == ["a", "b"]
    assert "b" in entries
    assert len(entries) == 2
    assert made == []
    assert (entries["b"], entries["b"], entries.get("c")) == ("B", "B", None)
    assert made == ["b"]


@pytest.mark.parametrize(
    ("profile", "lufs", "tolerance", "peak"),
    [
        ("gyt282", -24, 2, -2),
        ("gyt377_noisy", -15, 2, -1),
        ("gyt377_quiet", -24, 2, -1),
        ("r128", -23, 0.2, -1),
        ("a85", -24, 2, -2),
        ("podcast", -16, 1, -1),
        ("social", -14, 1, -1),
    ],
)
def test_loudness_targets(profile: str, lufs: float, tolerance: float, peak: float) -> None:
    found = load_profiles().loudness[profile]
    assert (found.integrated_lufs, found.tolerance_lu, found.true_peak_dbtp) == (lufs, tolerance, peak)
    assert load_profiles().loudness["r128_s1"].short_term_max_lufs == -18


@pytest.mark.parametrize(
    ("ids", "loudness"),
    [
        ("tv_hd tv_web tv_uhd radio", "gyt282"),
        ("wx_channels douyin kuaishou xiaohongshu weibo toutiao baijiahao gzh", "gyt377_noisy"),
        ("app_hls bilibili xuexi remote_education", "gyt377_quiet"),
        ("podcast", "podcast"),
        ("youtube youtube_shorts tiktok instagram_reels facebook x linkedin", "social"),
    ],
)
def test_which_channel_takes_which_loudness(ids: str, loudness: str) -> None:
    assert {get_channel(name).audio.loudness for name in ids.split()} == {loudness}


@pytest.mark.parametrize(
    ("profile", "length", "lines", "cps"),
    [
        ("netflix_zh", 16, 2, 9),
        ("netflix_en", 42, 2, 20),
        ("bbc_en", 37, 2, None),
        ("cn_tv_14", 14, 1, 9),
        ("cn_16x9_20", 20, 1, 9),
        ("vertical_zh", 11, 2, 9),
        ("vertical_en", 24, 2, 20),
    ],
)
def test_subtitle_styles(profile: str, length: int, lines: int, cps: float | None) -> None:
    found = load_profiles().subtitles[profile]
    assert (found.line_length, found.lines, found.cps) == (length, lines, cps)


def test_limits_as_the_outlets_state_them() -> None:
    wx = get_channel("wx_channels")
    assert wx.limits.title == (6, 16)
    assert wx.limits.title_symbols == "《》“”：+？%℃"
    assert wx.limits.duration == (0, 8 * 3600)
    assert wx.limits.size == 20 * 10**9
    assert wx.limits.total_rate == 10_000_000
    assert wx.safe_area is not None
    assert (wx.safe_area.top, wx.safe_area.bottom, wx.safe_area.left, wx.safe_area.right) == (120, 200, 60, 60)
    assert get_channel("instagram_reels").limits.duration == (3, 900)
    assert get_channel("bilibili").limits.tags == (0, 10)
    assert get_channel("gzh").all_covers[0].width / get_channel("gzh").all_covers[0].height == pytest.approx(2.35, 0.01)
    # What no source states stays unknown.
    assert get_channel("weibo").limits.duration is None
    assert get_channel("kuaishou").limits.size is None


def test_own_rate_stays_below_what_the_outlet_takes() -> None:
    for name, channel in load_profiles().channels.items():
        limit, video = channel.limits.total_rate, channel.video
        if limit and video and video.max_rate:
            assert video.max_rate + (channel.audio.bit_rate or 0) <= limit, name


def test_a_named_safe_area_becomes_its_margins() -> None:
    area = get_channel("kuaishou").safe_area
    assert area is not None
    assert (area.top, area.bottom, area.left, area.right) == (288, 672, 65, 192)
    for name, other in load_profiles().safe_areas.items():
        if other.width == 1080 and name != "all_vertical":
            assert other.margins.top <= area.top
            assert other.margins.bottom <= area.bottom
            assert other.margins.left <= area.left
            assert other.margins.right <= area.right


def test_the_ladder_of_the_adaptive_channel() -> None:
    hls = get_channel("app_hls")
    assert [(rung.height, rung.max_rate) for rung in hls.rungs] == [
        (1080, 5_000_000),
        (720, 3_000_000),
        (540, 2_000_000),
        (360, 800_000),
    ]
    assert hls.segment_seconds == 6
    assert hls.video is not None
    assert hls.video.gop_seconds == 2


def test_subtitles_follow_the_programmes_language() -> None:
    subtitles = get_channel("wx_channels").subtitles
    assert subtitles is not None
    assert subtitles.profile_for("zh-CN") == "vertical_zh"
    assert subtitles.profile_for("en_US") == "vertical_en"
    assert subtitles.profile_for(None) == "vertical_zh"


def test_what_this_version_cannot_make_says_so() -> None:
    reason = get_channel("tv_uhd").unsupported
    assert reason is not None
    assert "tv_web" in reason
    assert get_channel("tv_web").unsupported is None
    assert get_channel("tv_hd").unsupported is None


def test_a_users_channel_starts_from_another_and_keeps_the_rest() -> None:
    own = {"station_app": {"extends": "douyin", "title": "台客户端", "video": {"crf": 23}, "limits": {"title": 12}}}
    profiles = load_profiles(own)
    made, base = profiles.channel("station_app"), profiles.channel("douyin")
    assert made.title == "台客户端"
    assert made.video is not None
    assert base.video is not None
    assert (made.video.crf, made.video.max_rate) == (23, base.video.max_rate)
    assert made.limits.title == (0, 12)
    assert made.limits.description == base.limits.description
    assert "station_app" not in load_profiles().channels


def test_a_file_can_bring_its_own_loudness_and_subtitles(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        """
loudness:
  house: {title: 台标, integrated_lufs: -20, tolerance_lu: 1, true_peak_dbtp: -3, source: 台内, grade: O,
    checked_on: 2026-11-22}
channels:
  a: {extends: b, title: A}
  b: {extends: tv_web, audio: {loudness: house}}
""",
        encoding="utf-8",
    )
    profiles = load_profiles(path)
    assert profiles.channel("a").audio.loudness == "house"
    assert profiles.loudness["house"].true_peak_dbtp == -3


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("a:\n  extends: douyn\n", 2, "no channel", "douyin"),
        ("a:\n  extends: douyin\n  vidoe: {}\n", 3, "a.vidoe is not a known key", "video"),
        ("a:\n  extends: douyin\n  audio:\n    loudness: gyt28\n", 4, "no loudness profile", "gyt282"),
        ("a:\n  extends: douyin\n  subtitles: {profile: vertical}\n", 3, "no subtitle profile", "vertical_zh"),
        ("a:\n  extends: douyin\n  safe_area: all\n", 3, "no safe area", "all_vertical"),
        ("a:\n  extends: douyin\n  frame: {width: 1081}\n", 3, "multiple of 2", ""),
        ("a: {extends: b}\nb: {extends: a}\n", 1, "circle", ""),
        ("a: &x {extends: douyin}\nb: *x\n", 2, "aliases", ""),
        ("a: [1\n", None, "not YAML", ""),
        ("- a\n", None, "mapping", ""),
        ("a: 3\n", 1, "mapping", ""),
        ("a:\n  title: 新\n", 1, "missing", "extends"),
    ],
)
def test_a_wrong_file_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int | None, message: str, hint: str
) -> None:
    path = tmp_path / "频道 own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_profiles(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert hint in (caught.value.hint or "")
    if line is not None:
        assert caught.value.line == line


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_profiles(tmp_path / "no.yaml")


def test_an_unknown_channel_gets_the_nearest_name() -> None:
    with pytest.raises(RecipeError) as caught:
        get_channel("wx_chanels")
    assert caught.value.hint == "did you mean wx_channels?"
    assert "known are" in suggest("qqqqqqq", {"a": 1})
