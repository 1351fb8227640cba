"""The proof page: a transcript as one page for reading against the sound, with what wants a look marked and listed.

The page is plain HTML with its style and program inside; it asks nothing of the network and works from a folder. All
text of a transcript is escaped, and the page's policy lets nothing run but its own program.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from urllib.parse import quote

from mediakit.media.pages import build_policy, read_part
from mediakit.media.pages import escape_text as _text
from mediakit.media.scriptreport import ScriptReport, ScriptSentence
from mediakit.media.times import format_clock, plain_number
from mediakit.media.transcript import Doubt, Transcript
from mediakit.speech.proof_labels import Labels, labels_for, rule_label, why_label
from mediakit.speech.proof_marks import Line, Mark, Placing, degree_of, print_lines

_FOLDED = 60


def build_proof(
    transcript: Transcript, *, name: str, sound: str | None = None, report: ScriptReport | None = None
) -> str:
    """Return the page; equal inputs, equal text.

    Args:
        transcript: finished.
        name: what the page is called.
        sound: the name of the sound's file beside the page; None has no player.
        report: how the transcript follows its script.
    """
    labels = labels_for(transcript.language)
    lines = print_lines(transcript)
    placing = Placing(lines)
    corrections = [placing.place(one) for one in transcript.corrections]
    doubts = [placing.place(one) for one in transcript.doubts]
    about: dict[int, list[Mark]] = {}
    for mark in [*doubts, *corrections]:
        for number in mark.words:
            about.setdefault(number, []).append(mark)
    style, script = (_read(f"proof_page.{suffix}") for suffix in ("css", "js"))
    policy = build_policy(style, script, "media-src 'self' file:")
    interface = ("before", "next", "level", "changes", "only", "follow", "rate", "keys")
    return Template(_read("proof_page.html")).substitute(
        {key: _text(labels[key]) for key in interface},
        lang=labels["lang"],
        sound=_text(labels["player"]),
        policy=policy,
        title=_text(f"{labels['title']} · {name}"),
        style=style,
        script=script,
        facts=_facts(transcript, labels),
        legend=_legend(transcript, labels),
        notes=_warnings(transcript.warnings, labels),
        lines="\n".join(_line(line, transcript.language, about, labels) for line in lines),
        lists="\n".join(
            [
                *_list_marks("doubts", doubts, labels),
                *(_list_script(report, labels) if report is not None else ()),
                *_list_marks("corrections", corrections, labels),
            ]
        ),
        player=_player(sound, labels),
        levels="".join(
            f'<option value="{n}"{" selected" if n == 2 else ""}>{_text(labels[f"level_{n}"])}</option>'
            for n in (1, 2, 3, 4)
        ),
    )


def _read(name: str) -> str:
    return read_part("mediakit.speech", name)


def _facts(transcript: Transcript, labels: Labels) -> str:
    heard = transcript.recogniser
    parts = [
        format_clock(transcript.duration),
        transcript.language or "?",
        f"{len(transcript.words)} {labels['words']}",
        " ".join(word for word in (heard.engine, heard.version, heard.model) if word),
    ]
    return " · ".join(_text(part) for part in parts)


def _legend(transcript: Transcript, labels: Labels) -> str:
    sample = "".join(f'<span class="w" data-q="{n}">{n}</span>' for n in (1, 2, 3))
    parts = [f"<span>{sample} {_text(labels['unsure'])}</span>"]
    parts.append(f'<span><b class="w" data-d="">{_text(labels["doubt"])}</b></span>')
    parts.append(f'<span><b class="w" data-c="">{_text(labels["correction"])}</b></span>')
    if any(segment.script == "followed" for segment in transcript.segments):
        parts.append(f"<span>▏{_text(labels['followed'])}</span>")
    return "\n".join(parts)


def _warnings(warnings: Sequence[str], labels: Labels) -> str:
    if not warnings:
        return ""
    rows = "".join(f"<li>{_text(one)}</li>" for one in warnings)
    return f'<h2>{_text(labels["warnings"])}</h2>\n<ul class="warnings">{rows}</ul>'


def _line(line: Line, language: str, about: dict[int, list[Mark]], labels: Labels) -> str:
    segment = line.segment
    kinds = " ".join(["line", *([segment.script] if segment.script else []), *(["cut"] if segment.cut else [])])
    badges = [labels[segment.script]] if segment.script in ("retake", "aside") else []
    badges += [labels["cut"]] if segment.cut else []
    words = [
        _text(one.lead) + _word(line, n, about.get(line.first + n, ()), labels) for n, one in enumerate(line.printed)
    ]
    who = f'<b class="who">{_text(segment.speaker)}</b>' if segment.speaker else ""
    return (
        f'<p class="{kinds}" lang="{_text(language)}" dir="auto">{_time(segment.start, line.first if words else None)}'
        + who
        + "".join(f'<span class="badge">{_text(badge)}</span>' for badge in badges)
        + "".join(words)
        + f"{_text(line.tail)}</p>"
    )


def _word(line: Line, number: int, marks: Sequence[Mark], labels: Labels) -> str:
    word = line.printed[number].word
    degree = 0 if line.segment.script == "followed" else degree_of(word)
    said = [f"{labels['unsure_at']} {word.probability:.0%}"] if degree and word.probability is not None else []
    said += [_tell(mark, labels) for mark in marks]
    data = f' data-s="{plain_number(word.start)}" data-e="{plain_number(word.end)}"'
    data += f' data-q="{degree}"' if degree else ""
    data += ' data-d=""' if any(isinstance(mark.change, Doubt) for mark in marks) else ""
    data += ' data-c=""' if any(not isinstance(mark.change, Doubt) for mark in marks) else ""
    data += f' title="{_text("; ".join(said))}"' if said else ""
    return f'<span class="w"{data}>{_text(word.text)}</span>'


def _tell(mark: Mark, labels: Labels) -> str:
    change = mark.change
    is_doubt = isinstance(change, Doubt)
    score = "" if change.score is None else f" {change.score:.2f}"
    why = f": {why_label(change.why, labels)}" if isinstance(change, Doubt) else ""
    kind = labels["doubt" if is_doubt else "correction"]
    return f"{kind} {change.before} → {change.after} ({rule_label(change.rule, labels)}{score}){why}"


def _time(seconds: float, word: int | None) -> str:
    data = f' data-w="{word}"' if word is not None else ""
    return f'<a class="t" href="#" data-s="{plain_number(seconds)}"{data}>{format_clock(seconds, decimals=1)}</a>'


def _list_marks(kind: str, marks: Sequence[Mark], labels: Labels) -> list[str]:
    rows = []
    for mark in marks:
        change = mark.change
        score = "" if change.score is None else f" {change.score:.2f}"
        why = f": {why_label(change.why, labels)}" if isinstance(change, Doubt) else ""
        rows.append(
            f'<tr><td class="when">{_time(change.start, mark.first)}</td>'
            f"<td><del>{_text(change.before)}</del> → <ins>{_text(change.after)}</ins>"
            f"<small>{_text(rule_label(change.rule, labels) + score + why)}</small></td></tr>"
        )
    head = (labels["when"], labels["maybe" if kind == "doubts" else "what"])
    return _list(kind, f"{labels[kind]} ({len(marks)})", head, rows, labels)


def _list_script(report: ScriptReport, labels: Labels) -> list[str]:
    if not report.belongs:
        told = [f"<p>{_text(labels['belongs_not'])}</p>"]
    else:
        shares = ((report.share, "share"), (report.speech_share, "speech_share"))
        told = [f"<p>{'; '.join(_text(labels[key].format(f'{share:.1%}')) for share, key in shares)}</p>"]
    unspoken = [_unspoken(sentence, labels) for sentence in report.unspoken]
    beside = [
        f'<tr><td class="when">{_time(one.start, None)}</td>'
        f"<td>{_text(one.text)}<small>{_text(labels[one.kind])}</small></td></tr>"
        for one in report.beside
    ]
    return [
        f"<h2>{_text(labels['script'])}</h2>",
        *told,
        *_list("unspoken", f"{labels['unspoken']} ({len(unspoken)})", None, unspoken, labels),
        *_list("beside", f"{labels['beside']} ({len(beside)})", None, beside, labels),
    ]


def _unspoken(sentence: ScriptSentence, labels: Labels) -> str:
    where = _time(sentence.start, None) if sentence.start is not None else ""
    left = f"{labels['partly']} {'; '.join(sentence.missing)}" if sentence.state == "partly" else labels["unspoken_at"]
    speaker = f"{sentence.speaker}: " if sentence.speaker else ""
    return (
        f'<tr><td class="when">{where}</td>'
        f"<td>{sentence.number}. {_text(speaker + sentence.text)}<small>{_text(left)}</small></td></tr>"
    )


def _list(kind: str, title: str, head: Sequence[str] | None, rows: Sequence[str], labels: Labels) -> list[str]:
    """Return a list that can be folded; a long one is folded at first."""
    if not rows:
        return [f'<section class="{kind}"><h2>{_text(title)}</h2><p>{_text(labels["none"])}</p></section>']
    cells = "".join(f'<th scope="col">{_text(one)}</th>' for one in head or ())
    heads = f"<tr>{cells}</tr>\n" if cells else ""
    opened = " open" if len(rows) <= _FOLDED else ""
    table = f"<table>\n{heads}" + "\n".join(rows) + "\n</table>"
    return [f'<details class="{kind}"{opened}><summary>{_text(title)}</summary>\n{table}\n</details>']


def _player(sound: str | None, labels: Labels) -> str:
    if sound is None:
        return f"<p>{_text(labels['no_sound'])}</p>"
    named = f'src="{_text(quote(sound))}" aria-label="{_text(labels["player"])}"'
    return (
        f'<audio controls preload="metadata" {named}></audio>\n'
        f'<p class="failed" id="failed" hidden>{_text(labels["failed"])} {_text(sound)}</p>'
    )
