"""The words of the framing page and sheet, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from mediakit.media.languages import is_chinese

Labels = Mapping[str, str]

_EN = {
    "lang": "en",
    "title": "Framing",
    "shot": "Shot",
    "shots": "shots",
    "shape": "Shape",
    "show": "Show",
    "all": "all shots",
    "doubtful": "shown whole, moving or several windows",
    "start": "start",
    "middle": "middle",
    "end": "end",
    "moving": "moves",
    "still": "still",
    "fit": "whole picture",
    "split": "two windows",
    "override": "decided by hand",
    "set": "To change it: click in a picture, or choose",
    "follow": "follow person",
    "height": "height",
    "copy": "copy",
    "copied": "copied",
    "where": "Paste below the shot's `end:` in framing.yaml:",
    "none": "as chosen",
    "help": "Check the windows. Where one is wrong, click where its middle is to be, or choose below; copy the line "
    "into framing.yaml, below the shot's `end:`. j, k: next, previous shot.",
    "lost": "no picture",
}
_ZH = {
    "lang": "zh-Hans",
    "title": "构图",
    "shot": "镜头",
    "shots": "个镜头",
    "shape": "画幅",
    "show": "显示",
    "all": "全部镜头",
    "doubtful": "整幅、移动或多窗口的镜头",
    "start": "开头",
    "middle": "中间",
    "end": "结尾",
    "moving": "移动",
    "still": "静止",
    "fit": "整幅",
    "split": "上下分屏",
    "override": "人工指定",
    "set": "如需修改：点击画面，或选择",
    "follow": "跟随人物",
    "height": "高度",
    "copy": "复制",
    "copied": "已复制",
    "where": "粘贴到 framing.yaml 该镜头 `end:` 之下：",
    "none": "按原选择",
    "help": "检查各镜头窗口。有误时，点击窗口应在的中心，或在下方选择；"
    "把生成的一行复制到 framing.yaml 该镜头 `end:` 之下。j、k：下一个、上一个镜头。",
    "lost": "无画面",
}
_REASONS = (
    (
        "shown whole: captions are burned into the source, and a window would cut them",
        "整幅：片源有压入字幕，裁切会切断",
    ),
    ("shown whole: ", "整幅："),
    ("the picture has this shape", "画面即此画幅"),
    ("burned-in captions would be cut", "会切断压入字幕"),
    ("text on screen would be cut", "会切断画面文字"),
    ("a page of text would be cut", "会切断整页文字"),
    ("with burned-in captions", "含压入字幕"),
    ("with text on screen", "含画面文字"),
    ("a page of text, whole", "整页文字，完整"),
    ("text on screen, whole", "画面文字，完整"),
    ("nobody is seen: where it moves", "无人：取运动处"),
    ("nobody and no text is seen: the middle", "无人无字：取中间"),
    ("who speaks in turn: ", "轮流说话："),
    ("who talk across each other", "交叠说话"),
    ("who take short turns", "交替较快"),
    ("who do not fit one window", "一窗放不下"),
    (" do not fit one window", " 一窗放不下"),
    ("who speaks", "说话人"),
    ("the most prominent", "最突出"),
    ("the face of ", ""),
    (" is larger than the window", " 的脸大于窗口"),
    (" moves faster than a window may", " 移动过快，窗口跟不上"),
    ("split: ", "分屏："),
    (" together", " 同框"),
    (" one after another", " 先后出现"),
    ("persons ", "人物 "),
    ("person ", "人物 "),
    (" and ", "、"),
    (", ", "，"),
)


def labels_for(language: str | None) -> Labels:
    """Return the words for a language: Chinese for Chinese, else English."""
    return _ZH if is_chinese(language) else _EN


def tell_reason(why: str, labels: Labels) -> str:
    """Return a reason in the language of the labels."""
    if labels["lang"] == "en":
        return why
    for english, chinese in _REASONS:
        why = why.replace(english, chinese)
    return why
