"""What ordinary words are: a stretch of text that is one is not a misheard name.

Chinese words come from the segmenter's dictionary, English ones from pyspellchecker's frequency list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mediakit.tools.segmenter import shared_segmenter

_ALONE = (
    "的在了和是一为有不上对中这要多与到他也等人个就说年地将以新大从两都我着来已并还把元而能后向又使好下出电但由时之于"
    "三次更最据名被副起高很所给里会种得其位家们过国党几用前讯各及或它条达她可同再看只应去天小你项近走至做此内女让才比"
    "却较送届那当成张美如批四二共岁正进占市米万想摄首无该因五分曾办则俄作钱省讲长本总吃余开老便既全仍月附县点受仅自外"
    "写驻像反件间户每十低场没少图京日事按台打相吨强住抓路搞买带水难亩约八未段令即书拿干经均呢发变建初处部手谈见请支谁"
    "村太靠越座学话连道早站半回另份头快重千底问爱片先套深原区号往厂南报乡六百交获车兼找块花九叫称巴听代改跨旧满步心字"
    "行些雪句创虎倍轮任极篇坐晚级数吗卖法入读唱情除某口真刚愿迎类指虽收英拉完伊换您边队线管面赴阿降树加离非七远东辆忙"
    "画尚局门穿军属山期双敢包架海颇奖春白夜帮方跑活欧差挂需常定歌胜现幅飞层乱增楼金治封风摆根末清捐信戏求啊股放假红生"
    "吧转病提争笔负算版菜枚港落竟亿留居身富接掉哈随排记冒镇尽忘呈停动船断偏票喜跟声设寄印民倒取跌顶古集致权具秒通若祝"
    "左短合死西矿光般且笑派别患献紧望凡减兴华借城访热章养拍产哪运土周调论雨团意翻供登喝者挖兑德选苦围遍亮背列演系单穷"
    "题藏今立烟男教杯利牛颗朝升例奔肉知引赶归久持广款眼须北饭亚结群值药店购硬甚组搭卷冲牌绿沿够龙踏亦右似乘酒煤呀度待"
    "盖游昆装退艘贴文马战查怕澳距草岛兵传领街准猪案含型流感鱼灯庆院举挤宽平急响遇册账"
)
"""The characters that most often stand alone as a word in newspaper text (counted in one month of a daily paper)."""

GRAMMATICAL = frozenset(_ALONE[:110])
"""Characters that stand in almost every sentence."""

FREE = frozenset(_ALONE)
"""Characters that are common words by themselves."""

_COMMON_ENGLISH = 60


@dataclass(frozen=True)
class Piece:
    """Characters ``start`` to ``end`` of a text that the dictionary takes as one word (one character if unknown)."""

    start: int
    end: int
    text: str


def split_pieces(text: str) -> tuple[Piece, ...]:
    """Return the dictionary's words of a text, in order."""
    pieces = []
    place = 0
    for word in shared_segmenter().split_known(text):
        pieces.append(Piece(place, place + len(word), word))
        place += len(word)
    return tuple(pieces)


@lru_cache(maxsize=20_000)
def is_word(text: str) -> bool:
    """Tell whether a Chinese text is one word of the dictionary."""
    return shared_segmenter().knows(text)


@lru_cache(maxsize=20_000)
def is_name(text: str) -> bool:
    """Tell whether a word of the dictionary is one as the name of a person or a place."""
    tokens = shared_segmenter().split(text)
    return len(tokens) == 1 and tokens[0].tag in ("nr", "nrt", "nrfg", "ns")


@lru_cache(maxsize=2_000)
def is_loose(character: str) -> bool:
    """Tell whether a character is a common word that names seldom hold: a verb, an adverb, a particle, a number."""
    tokens = shared_segmenter().split(character)
    return character in FREE and len(tokens) == 1 and tokens[0].tag[:1] in "vpucdrmqy"


def is_phrase(pieces: Sequence[Piece]) -> bool:
    """Tell whether a stretch is made of ordinary words of two characters or more."""
    return all(len(piece.text) > 1 for piece in pieces)


@lru_cache(maxsize=20_000)
def is_english(word: str) -> bool:
    """Tell whether a word (lower case) is one of English that people use."""
    plain = word.removesuffix("'s").replace("’", "'")
    return _english().get(plain, 0) >= _COMMON_ENGLISH


@lru_cache(maxsize=1)
def _english() -> dict[str, int]:
    import gzip
    import json
    from importlib.resources import files

    packed = files("spellchecker").joinpath("resources/en.json.gz").read_bytes()
    counts: dict[str, Any] = json.loads(gzip.decompress(packed))
    return {word: int(count) for word, count in counts.items()}
