"""The words of the proof page's interface, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from mediakit.media.languages import is_chinese
from mediakit.speech.reasons import name_reason

Labels = Mapping[str, str]

_EN = {
    "lang": "en",
    "title": "Proof",
    "words": "words",
    "unsure": "unsure word, by degree",
    "unsure_at": "sure by",
    "correction": "corrected",
    "doubt": "doubt",
    "followed": "the script's text",
    "retake": "earlier take",
    "aside": "not in the script",
    "cut": "cut",
    "doubts": "Doubts",
    "corrections": "Corrections",
    "script": "Script",
    "warnings": "Remarks",
    "none": "None.",
    "when": "Time",
    "what": "Heard and written",
    "maybe": "Heard, and perhaps",
    "belongs_not": "The script is of something else: nothing was taken from it.",
    "share": "{} of the script was found",
    "speech_share": "{} of the speech is the script's",
    "unspoken": "Not spoken",
    "partly": "Spoken in part; left out:",
    "unspoken_at": "not spoken",
    "beside": "Said beside the script",
    "no_sound": "There is no sound to listen to.",
    "failed": "The sound cannot be played. It is to lie beside this page:",
    "player": "Sound",
    "before": "‹ before",
    "next": "next ›",
    "level": "Doubtful:",
    "level_1": "doubts, words below 70 %",
    "level_2": "doubts, words below 50 %",
    "level_3": "doubts, words below 30 %",
    "level_4": "doubts only",
    "changes": "corrections too",
    "only": "only doubtful places",
    "follow": "follow the sound",
    "rate": "Speed",
    "keys": "Click a word: play from there. Space: play, pause. n, p: next, previous doubtful place. ← →: word. "
    "j, k: sentence. Enter: play from the mark. f: only doubtful places.",
}
_ZH = {
    "lang": "zh-Hans",
    "title": "校对",
    "words": "词",
    "unsure": "识别把握低（分三级）",
    "unsure_at": "把握",
    "correction": "已订正",
    "doubt": "存疑",
    "followed": "文稿原文",
    "retake": "重说，未用",
    "aside": "文稿之外",
    "cut": "剪接点",
    "doubts": "存疑",
    "corrections": "订正",
    "script": "文稿对照",
    "warnings": "提示",
    "none": "无。",
    "when": "时间",
    "what": "识别与订正",
    "maybe": "识别，或为",
    "belongs_not": "文稿与此段语音不符，未采用。",
    "share": "文稿已找到 {}",
    "speech_share": "语音有 {} 出自文稿",
    "unspoken": "未读",
    "partly": "部分读出，略去：",
    "unspoken_at": "未读",
    "beside": "文稿之外的语音",
    "no_sound": "没有可听的声音。",
    "failed": "声音无法播放。声音文件应与本页放在一起：",
    "player": "声音",
    "before": "‹ 上一处",
    "next": "下一处 ›",
    "level": "可疑范围：",
    "level_1": "存疑及把握低于 70%",
    "level_2": "存疑及把握低于 50%",
    "level_3": "存疑及把握低于 30%",
    "level_4": "仅存疑",
    "changes": "含订正",
    "only": "只看可疑处",
    "follow": "跟随声音",
    "rate": "速度",
    "keys": "点击文字：从该处播放。空格：播放、暂停。n、p：下一处、上一处可疑。← →：逐词。j、k：逐句。"
    "回车：从标记处播放。f：只看可疑处。",
    "why-word": "“{}”本身是词",
    "why-crossing": "会切断“{}”",
    "why-phrase": "“{}”由常用词组成",
    "why-ordinary": "都是常用词",
    "why-weak": "依据不足",
    "why-rival": "也可能是“{}”",
    "why-person": "可能是另一人的姓名，且词条未在别处听到",
    "why-two-sure": "仅两个音节，依据少，且没有听错的迹象",
    "why-two-other": "仅两个音节，依据少，且没有一字与词条相同",
    "why-edge": "“{}”可能单独成词，且词条未在别处听到",
    "why-refused": "已否决",
    "why-told": "只在提示了该名称时听到，与未提示时所听不符",
    "why-told-alone": "只在提示了该名称时听到，未提示时此处没有听到词语",
    "glossary-told": "仅凭提示",
    "glossary-wrong-form": "词表所列误写",
    "glossary-homophone": "同音",
    "glossary-near-homophone": "近音",
    "glossary-spelling": "拼写",
    "glossary-sound": "读音相近",
    "rule-script": "依文稿",
    "rule-numbers": "数字写法",
}


def labels_for(language: str) -> Labels:
    """Return the interface's words for a transcript's language: Chinese for Chinese, else English."""
    return _ZH if is_chinese(language) else _EN


def rule_label(rule: str, labels: Labels) -> str:
    """Return what a correction's rule is called; unknown ones keep their name."""
    return labels.get(rule if rule.startswith("glossary-") else f"rule-{rule}", rule)


def why_label(why: str, labels: Labels) -> str:
    """Return why a change is doubtful in the interface's language; unknown reasons stay as they are."""
    named = name_reason(why)
    label = None if named is None else labels.get(f"why-{named[0]}")
    return why if named is None or label is None else label.format(*named[1])
