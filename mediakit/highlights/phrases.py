"""What wording gives away: openings that lean on what came before, fillers, housekeeping, quotable turns, a story.

Lists hold everyday words of Chinese and English; other languages get what marks and figures tell.
"""

from __future__ import annotations

import re

_ASKED_LETTERS = 6
_FRAGMENT_LETTERS = 5
_CLAUSES_MOST = 60
_OPENING_MARKS = "\"'“‘「『（([-—… "

_LEANING_ZH = re.compile(
    r"(?:嗯|呃|哎|哦|啊|对|好)*[，,、]?(?:"
    r"但是|但|可是|不过|而且|并且|所以|因此|因为|然后|于是|接着|同时|另外|还有|其中|此外|否则|不然|结果|总之|后来|比如|例如"
    r"|那么|(?:那|这)(?!天|年|次|时候|个时候|一天|一年|一次|一夜|一晚|晚|时|会儿|里|边|世|辈子|一辈子|几年|几天)"
    r"|他们|她们|它们|(?<!其)他(?!乡|人)|她|它|其(?!实)|也|又|就(?!算|是说)|还(?!记得|没|是)|而|却|都|另一|第[二三四五]个?[，,是])"
)
_LEANING_EN = re.compile(
    r"(?:(?:um|uh|er|well|yeah|okay|oh|now|right)[,. ]+)*(?:and|but|so|because|then|also|however|therefore|which|that"
    r"(?:'s|'d|'ll)?|this|these|those|(?:he|she|they)(?:'s|'d|'ll|'re|'ve)?|him|her|them|or|yet|nor|neither|his|their"
    r"|its|the (?:second|third|other|next|last) (?:one|part|thing|reason)|anyway|instead|otherwise"
    r"|it(?:'s|'d|'ll)?(?! (?:was|is|has been) (?:a|an|the|not|in|on|my|about|only)\b)(?! (?:a|the|not)\b))\b",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"(?:不是|没有|有|是|是的|对|对的|想过|会|能|可以|去的|知道|当然)(?:的|啊|吧|嘛|呀|了)?[，,。！]"
    r"|(?:不是|因为|为了|由于|通过)\S"
    r"|(?:yes|no|yeah|nope|never|of course|sure|exactly|because|not (?:really|at all))\b[,. ]",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"[我你您他她它咱]们?(?:就|才|又|也|便|还是)|(?:第二|第三)天|(?:the next|then|after that)\b", re.IGNORECASE
)
_QUESTION_ZH = re.compile(r"(?:吗|呢|么)[。.]?$|^(?:那|那么)?您?你?(?:为什么|怎么|什么时候|哪里|哪儿|谁|多少)")
_QUESTION_EN = re.compile(
    r"(?:so |and |but )?(?:who|what|when|where|why|how|which|do|does|did|is|are|was|were|can|could|would|will|have|has)"
    r" (?:you|it|that|this|he|she|they|we|the|your|there)\b",
    re.IGNORECASE,
)
_FILLERS = re.compile(
    r"[嗯呃]|哎呀|怎么说呢|什么的|等等|对吧|是吧|好像|反正|那个(?=[，,那])|就是[，,]|然后(?=[，,])|还行|基本上|的话[，,]"
    r"|多少来着|我想一下|我算一下|我想想|我要想|(?P<twice>[\u4e00-\u9fff]{2,4})[，,](?P=twice)"
    r"|\b(?:um|uh|er|erm|hmm|you know|i mean|sort of|kind of|i suppose|or whatever|and so on|let me think"
    r"|i think it|sorry)\b"
    r"|\b(?P<again>[a-z']{2,})[,]? (?P=again)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"(?:(?:[嗯呃哎哦啊好对是行]|好的|对的|是的|真好|right|okay|ok|good|yes|yeah|no|well|sure|great)[，,、 ]*)+"
    r"[。.!！?？]*",
    re.IGNORECASE,
)
_HOUSEKEEPING = re.compile(
    r"就是这样|就这样吧|就这些了|讲到哪里|说到哪里|讲得差不多|说得差不多|我先讲|今天我讲|谢谢|感谢|欢迎"
    r"|大家好|各位|网友|来宾|嘉宾|再见|话筒|二维码|关注我们|扫描|直播间|下一位|下面请|时间差不多|客户端|平台上搜|停车|镜头|剪掉"
    r"|请坐|听得到吗|看得到吗"
    r"|\b(?:i'll (?:say|talk|tell you|try and)|what i thought i'd do|wanted to say|so,? yeah|anyway,"
    r"|that's (?:it[.,]|basically|what (?:we|i)|more or less|sort of)|thank you|thanks|welcome|website|slide|microphone"
    r"|is this on|questions|next part|can everybody|can you hear"
    r"|coffee|closing date|out of time|first part|second part|third part|download|subscribe)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:我|你|他|她|们|人|长|姐|哥|妈|爸|婆|爷|叔|师傅|老师)(?:就|又|都|跟\S{1,3})?(?:讲|说|问|喊|答|回答|告诉)"
    r"|[“「]"
    r"|\b(?:i|he|she|they|we|you|who|driver|man|woman|mother|father|boss|\w+)(?: \w+)?"
    r" (?:said|says|told|asked|answered)\b",
    re.IGNORECASE,
)
_ANCHORS = re.compile(
    r"那天|那年|那次|那一年|那一天|那一次|那一刻|那晚|有一次|有一天|有一年|有一回|有个|第二天|第一天|头一天|半夜|夜里|晚上|早上|凌晨"
    r"|一辈子|忘不掉|还记得|突然|忽然|最后|从此|从那|到现在"
    r"|\b(?:one (?:day|night|morning|evening)|that (?:day|night|morning|year)|the next (?:day|morning)|suddenly"
    r"|at (?:night|midnight|dawn)|in the morning|every (?:night|evening|morning)|when i was|i remember"
    r"|for (?:\w+) (?:years|weeks|days|hours))\b",
    re.IGNORECASE,
)
_TURNS = (
    re.compile(
        r"不是[^，。！？]{1,16}[，,]?(?:而?是|只是)|不在[^，。]{1,12}在|没有[^，。]{0,14}[，,](?:只|但)|宁愿|宁可|越[^，。]{1,8}越"
        r"|再[^，。]{1,8}也|哪怕|与其|如果你|[^，。]{1,10}就[^，。]{1,8}才|\bnot\b[^.!?]{2,60}\b(?:but|because)\b"
        r"|(?:n't|\bnot|\bnever)\b[^!?]{1,60}[.,] (?:you|look|ask|we|but)\b|\bas if\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"从来没|从没|没有一[个根次]|谁都|什么都|别的都|一句[^，。]{0,4}都|再也|永远|唯一|第一次|每一|所有|一辈子|世上"
        r"|最(?=[大难怕苦深爱想恨])"
        r"|\b(?:never|nobody|nothing|no one|none|always|everybody|everything|anybody|at all|forever)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"哭|笑|泪|怕|抖|疼|痛|恨|爱(?!好)|梦|死|命|心里|良心|舍不得|后悔|孤独|骄傲|温暖|勇敢|自由|希望|家乡|手艺"
        r"|危险|险情|[抢得]?救(?!生衣)|塌|撞|暴雨|大水|洪水|地震|大火|掏空|danger(?:ous)?\b|\b(?:rescued?|crash(?:ed)?|storm|emergency)\b"
        r"|\b(?:cr(?:y|ied)|laugh(?:ed)?|tears?|afraid|fear|loved?|hated?|dreams?|die[ds]?|death|heart|alone|proud|hope"
        r"|freedom|secret|truth|help|angry|courage|war|peace)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![好图录肖影])像(?![素机片])[^，。]{2,}|就是一(?:场|种|把|个)|\blike (?:an?|the|\w+ing)\b|\bas \w+ as\b",
        re.IGNORECASE,
    ),
)
"""Contrast; words that take in all or none; feeling and danger; an image."""

_SURPRISE = re.compile(
    r"为什么|怎么会|怎么|难道|居然|竟然|没想到|原来|秘密|什么(?=[？?])|谁|真的吗|最大|最[难怕苦]|如果"
    r"|\b(?:why|how|what if|imagine|secret|believe|wrong|truth|strange|here's)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\d|[一二三四五六七八九十百千万亿两]{2,}|\b(?:hundred|thousand|million|twenty|thirty|forty|fifty)\b"
)
_FIRST_PERSON = re.compile(r"我|\b(?:I|my|we|our)\b")
_HAN = re.compile(r"[\u3400-\u9fff]")


def find_leaning(text: str) -> str:
    """Return the words by which an opening leans on what was said before it (a conjunction, a pronoun), or ``""``."""
    bare = text.lstrip(_OPENING_MARKS)
    found = _LEANING_ZH.match(bare) or _LEANING_EN.match(bare)
    return found.group().strip() if found else ""


def continues(text: str) -> bool:
    """Tell whether a sentence goes on with what the one before it tells, so that nothing should end before it."""
    return bool(find_leaning(text) or _CONTINUES.match(text.lstrip(_OPENING_MARKS)))


def find_answer(text: str) -> str:
    """Return the words by which an opening answers something (没有，… / Because …), or ``""``."""
    found = _ANSWERS.match(text.lstrip(_OPENING_MARKS))
    return found.group().strip(" ，,。！.") if found else ""


def is_question(text: str) -> bool:
    """Tell whether a sentence asks, by its mark or, where there is none, by its words."""
    bare = text.rstrip("\"'”’」』）) ")
    if bare.endswith(("？", "?")):
        return True
    if bare.endswith(("。", ".", "！", "!")):
        return False
    return bool(_QUESTION_ZH.search(bare) or _QUESTION_EN.match(bare))


def count_fillers(text: str) -> int:
    """Return how often a speaker hesitates, starts again or fills a gap (with a whole sentence, too: Right.)."""
    return len(_FILLERS.findall(text)) + bool(_EMPTY.fullmatch(text.strip()))


def find_housekeeping(text: str) -> str:
    """Return the first words about the recording or the event itself (thanks, slides, seats), or ``""``."""
    found = _HOUSEKEEPING.search(text)
    return found.group() if found else ""


def count_turns(text: str) -> float:
    """Return how many kinds of quotable turn a sentence has: contrast, all or none, feeling, an image, an echo."""
    return sum(bool(pattern.search(text)) for pattern in _TURNS) + _count_echo(text)


def _count_echo(text: str) -> float:
    """Return 1 where clauses of like length take up each other's first or last words: 刀在，手艺就在."""
    chinese = has_chinese(text)
    split = re.split(r"[，。；！？,]", text) if chinese else re.split(r"[,.;:!?]| and | but ", text.casefold())
    clauses = [clause.strip() if chinese else clause.split() for clause in split[:_CLAUSES_MOST]]
    width = 2
    for k, one in enumerate(clauses):
        for other in clauses[k + 1 :]:
            short, long = sorted((len(one), len(other)))
            if short <= width or long > 1.6 * short + 2 or one == other:
                continue
            if one[:width] == other[:width] or one[-width:] == other[-width:]:
                return 1.0
    return 0.0


def count_story(text: str) -> float:
    """Return how much a sentence tells what happened, 0 to 2: someone speaks, a moment in time."""
    return float(bool(_SAID.search(text))) + float(bool(_ANCHORS.search(text)))


def rate_hook(text: str) -> float:
    """Return how well a sentence opens a short: a question, surprise, a figure, a moment, a speaker's own words."""
    score = 0.0
    if is_question(text) and count_letters(text) >= _ASKED_LETTERS:
        score += 0.3
    if _SURPRISE.search(text):
        score += 0.2
    if any(pattern.search(text) for pattern in _TURNS[:2]):
        score += 0.2
    if _ANCHORS.search(text):
        score += 0.2
    if _FIGURE.search(text):
        score += 0.1
    if _FIRST_PERSON.search(text):
        score += 0.1
    if count_letters(text) <= 22:
        score += 0.1
    if count_letters(text) < _FRAGMENT_LETTERS:
        score -= 0.3
    score -= 0.15 * min(2, count_fillers(text))
    score -= 0.3 if find_housekeeping(text) else 0.0
    return score - (0.3 if find_leaning(text) and not is_question(text) else 0.0)


def count_letters(text: str) -> float:
    """Return a text's length as a reader feels it: Chinese characters, or other letters divided by 2.5."""
    return float(len(text)) if has_chinese(text) else len(text) / 2.5


def has_chinese(text: str) -> bool:
    """Tell whether a text holds Chinese characters."""
    return bool(_HAN.search(text))
