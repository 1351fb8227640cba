"""Title proposals: the clause of a short that says most in few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediakit.highlights.scoring import is_dangling, rate_hook
from mediakit.highlights.sentences import Sentence
from mediakit.highlights.words import read_words

_CLAUSES = re.compile(r"[，。！？；：;!?…—]+|[,:](?!\d)|\.(?=\s|$)")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_HEADLESS = ("是", "有", "在", "把", "被", "让", "从", "会", "要", "相当于", "which ", "who ")
_LENGTHS = {True: (6, 16), False: (12, 60)}


def propose_title(sentences: Sequence[Sentence], weights: dict[str, float]) -> str:
    """Return a title in the words of the short itself; 6 to 16 characters in Chinese, up to 60 otherwise."""
    chinese = any(_CHINESE.search(sentence.text) for sentence in sentences)
    least, most = _LENGTHS[chinese]
    best, best_score = "", float("-inf")
    for sentence in sentences:
        for piece in _CLAUSES.split(sentence.text):
            clause = piece.strip(" \"'“”‘’「」『』（）()、·-")
            if not clause:
                continue
            words = read_words(Sentence(clause, sentence.start, sentence.end, None, True))
            score = sum(weights.get(word, 0.0) for word in set(words.content)) + 1.5 * len(words.facts)
            score = score / max(words.count, 4) ** 0.5 + rate_hook(clause)
            score -= 2.0 if is_dangling(clause) or clause.startswith(_HEADLESS) else 0.0
            score -= 0.6 * max(0, least - len(clause)) + 0.25 * max(0, len(clause) - most)
            if score > best_score:
                best, best_score = clause, score
    return _shorten(best, most, chinese)


def _shorten(text: str, most: int, chinese: bool) -> str:
    if len(text) <= most:
        return text
    if not chinese:
        return text[: most + 1].rsplit(" ", 1)[0]
    from mediakit.tools.segmenter import shared_segmenter

    made = ""
    for token in shared_segmenter().split(text):
        if len(made + token.text) > most:
            break
        made += token.text
    return made.rstrip(" 的、") or text[:most]
