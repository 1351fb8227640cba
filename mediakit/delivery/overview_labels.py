"""The words of the overview page, in Chinese and English, and what is said of failures in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping

Labels = Mapping[str, str]

_EN = {
    "lang": "en",
    "title": "Overview",
    "episodes": "episodes",
    "shorts": "shorts",
    "files": "files",
    "failed": "Nothing was made of",
    "look": "Something is missing",
    "hint": "Remedy:",
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
    (r"is empty", "文件是空的"),
    (r"is a folder.*", "这是文件夹，不是文件"),
    (r"cannot be read.*", "文件无法读取"),
    (r"changed while it was (?:read|used)", "文件在处理时被改动"),
    (r"is cut short: ([\d.]+) of ([\d.]+) s are there", r"文件不完整：\2 秒只有 \1 秒"),
    (r"is a still picture, not video or sound", "这是图片，不是视频或声音"),
    (r"is not a media file.*|is no media file.*|holds no picture and no sound.*", "不是媒体文件"),
    (r"has no sound.*|holds no sound.*", "没有声音"),
    (r"(\d+) of (\d+) shorts? (?:was|were) found.*", r"要 \2 条，只找到 \1 条"),
)
"""What the most frequent failures are called in Chinese; others stay as they are."""


def labels_for(language: str) -> Labels:
    """Return the labels in a language: Chinese for Chinese, else English."""
    return _ZH if language.lower().startswith("zh") else _EN


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
