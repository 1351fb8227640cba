"""The words of the overview page, in Chinese and English, and what is said of failures in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mediakit.media.languages import is_chinese

Labels = Mapping[str, str]

_EN = {
    "lang": "en",
    "title": "Overview",
    "episodes": "episodes",
    "shorts": "shorts",
    "files": "files",
    "failed": "Nothing was made of",
    "look": "Something is missing",
    "hint": "Remedy: ",
    "search": "Search",
    "channel": "Channel",
    "every": "all",
    "state": "Show",
    "state_failed": "failed",
    "state_look": "something missing",
    "state_done": "finished",
    "sort": "Order",
    "sort_name": "by name",
    "sort_score": "best score first",
    "sort_seconds": "shortest first",
    "sort_state": "trouble first",
    "shown": "shown",
    "source": "from",
    "list": "edit the choice",
    "framing": "windows",
    "whole": "whole programme",
    "score": "score",
    "package": "package",
    "unpackaged": "not packaged",
    "pass": "checked",
    "warn": "checked, with remarks",
    "fail": "check failed",
    "unmeasured": "not measured",
    "unchecked": "not checked",
    "no_cover": "no cover",
    "keys": "Click a cover to play it here.",
    "step": "step",
}
_ZH = {
    "lang": "zh-Hans",
    "title": "总览",
    "episodes": "期",
    "shorts": "条短视频",
    "files": "个成片",
    "failed": "没有做出成片",
    "look": "有缺项",
    "hint": "处理办法：",
    "search": "搜索",
    "channel": "渠道",
    "every": "全部",
    "state": "显示",
    "state_failed": "失败",
    "state_look": "有缺项",
    "state_done": "完成",
    "sort": "排序",
    "sort_name": "按名称",
    "sort_score": "得分高的在前",
    "sort_seconds": "短的在前",
    "sort_state": "有问题的在前",
    "shown": "条显示",
    "source": "素材",
    "list": "修改选段",
    "framing": "看构图",
    "whole": "整期",
    "score": "得分",
    "package": "交付包",
    "unpackaged": "未打包",
    "pass": "质检通过",
    "warn": "质检通过，有提示",
    "fail": "质检不合格",
    "unmeasured": "未测量",
    "unchecked": "未质检",
    "no_cover": "无封面",
    "keys": "点击封面即可在此播放。",
    "step": "步骤",
}

_STEPS = {
    "ingest": "读取素材",
    "transcribe": "语音识别",
    "subtitle": "字幕",
    "edit": "剪辑",
    "look": "画面分析",
    "highlights": "选段",
    "framing": "构图",
    "cut": "切条",
    "render": "渲染",
    "qc": "质检",
    "package": "打包",
}

_SAID = (
    (r"no such file", "文件不存在"),
    (r"is an empty file", "文件是空的"),
    (r"is a folder.*", "这是文件夹，不是文件"),
    (r"cannot be read.*", "文件无法读取"),
    (r"changed while it was (?:read|used)", "文件在处理过程中被改动"),
    (r"is cut short: ([\d.]+) of ([\d.]+) s are there", r"文件不完整：全长 \2 秒，只有 \1 秒"),
    (r"is cut short or was never finished.*", "文件不完整或没有写完：缺少索引（moov）"),
    (r"is a web page, not media", "这是网页，不是媒体文件（下载可能失败了）"),
    (r"is a text file, not media", "这是文本文件，不是媒体文件"),
    (r"is a still picture, not video or sound", "这是图片，不是视频或声音"),
    (r"is not a text file in a known encoding", "不是可识别编码的文本文件"),
    (r"holds no text within the media's length", "没有落在节目时长内的文字"),
    (r"check that it belongs to this media file", "核对它是否属于这期节目"),
    (r"has no sound stream.*", "没有声音，无法识别语音"),
    (r"nothing is said in the episode.*", "整期没有人说话，选不出短视频"),
    (
        r"the episode has (\d+) s of speech: no run of whole sentences is (.+) s long",
        r"只有 \1 秒语音，凑不成 \2 秒的完整段落",
    ),
    (
        r"the episode has (\d+) s of speech: only (\d+) shorts? of (.+) s fits? without overlap.*, (\d+) asked for",
        r"只有 \1 秒语音：\3 秒且不重叠的只有 \2 条，要了 \4 条",
    ),
    (r"([\d.]+) s is less than the ([\d.]+) s that (.+) takes; .*", r"时长 \1 秒，\3 至少要 \2 秒，没有渲染"),
    (r"([\d.]+) s is more than the ([\d.]+) s that (.+) takes; .*", r"时长 \1 秒，\3 最多 \2 秒，没有渲染"),
    (
        r"(?:(.+): not packaged: )?the title has (\d+) characters, (.+) takes at most (\d+)",
        r"标题 \2 字，\3 最多 \4 字",
    ),
    (r"(?:.+: not packaged: )?its quality check failed: (.+)", r"质检不合格：\1"),
    (r"save it as UTF-8", "另存为 UTF-8"),
    (r"name a file with sound, or import a subtitle file.*", "换成有声音的文件，或在旁边放同名字幕文件"),
    (r"ask for fewer, or for shorter ones.*", "减少条数（count），或放宽时长（length）"),
    (r"copy the file again; a recording that broke off.*", "重新拷贝；录制中断的文件用摄像机的修复功能"),
    (r"copy the file again; to take it as far as it goes.*", "重新拷贝；要按现有长度使用，设 accept_damaged"),
    (r"the download may have failed; fetch the file again", "重新下载"),
    (r"give a video or sound file", "换成视频或音频文件"),
    (r"cut it, or leave the channel out", "改时长，或去掉这个渠道"),
)
"""What the most frequent failures and their remedies are called in Chinese; others stay as they are."""


def labels_for(language: str) -> Labels:
    """Return the labels in a language: Chinese for Chinese, else English."""
    return _ZH if is_chinese(language) else _EN


def name_step(step: str, labels: Labels) -> str:
    """Return what a step is called."""
    return _STEPS.get(step, step) if labels is _ZH else step


def tell(message: str, labels: Labels) -> str:
    """Return a failure's message in the language of the labels, as far as it is known."""
    if labels is _ZH:
        for pattern, said in _SAID:
            match = re.fullmatch(pattern, message)
            if match is not None:
                return match.expand(said)
    return message
