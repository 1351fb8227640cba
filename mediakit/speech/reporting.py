"""The report of a script: which sentences were spoken, which were not, and what was said beside them."""

from __future__ import annotations

from collections.abc import Sequence

from mediakit.media.scriptreport import SaidBeside, ScriptReport, ScriptSentence
from mediakit.media.transcript import Segment
from mediakit.speech.following import Followed
from mediakit.speech.script import Script


def report_script(script: Script, followed: Followed, segments: Sequence[Segment]) -> ScriptReport:
    """Return how speech and script agree.

    Args:
        script: what was to be said.
        followed: the result of laying it beside the speech.
        segments: the same segments with their final times.
    """
    if not followed.belongs:
        return ScriptReport(belongs=False, share=0.0, speech_share=0.0, sentences=tuple(_unfound(script)))
    return ScriptReport(
        belongs=True,
        share=round(followed.share, 4),
        speech_share=round(followed.speech_share, 4),
        sentences=tuple(_sentences(script, followed, segments)),
        beside=tuple(_beside(followed, segments)),
    )


def _unfound(script: Script) -> list[ScriptSentence]:
    return [
        ScriptSentence(number=n, text=line.text, speaker=line.speaker, state="unspoken")
        for n, line in enumerate(script.lines, 1)
    ]


def _sentences(script: Script, followed: Followed, segments: Sequence[Segment]) -> list[ScriptSentence]:
    spoken: dict[int, list[Segment]] = {}
    takes: dict[int, int] = {}
    for number, (segment, line) in enumerate(zip(segments, followed.lines, strict=True)):
        if line is None:
            continue
        if segment.script == "followed":
            spoken.setdefault(line, []).append(segment)
        elif number == 0 or followed.lines[number - 1] != line or segments[number - 1].script != "retake":
            takes[line] = takes.get(line, 0) + 1
    made = []
    for number, sentence in enumerate(script.lines):
        own = spoken.get(number)
        missing = followed.missing.get(number, ())
        start, end = (own[0].start, own[-1].end) if own else _place_of(number, spoken)
        made.append(
            ScriptSentence(
                number=number + 1,
                text=sentence.text,
                speaker=sentence.speaker,
                state="unspoken" if not own else "partly" if missing else "spoken",
                start=start,
                end=end,
                takes=takes.get(number, 0) + bool(own),
                missing=missing,
            )
        )
    return made


def _place_of(number: int, spoken: dict[int, list[Segment]]) -> tuple[float, float | None]:
    """Return the end of the speech before a sentence that was not spoken, and the start of that after it."""
    start = max((own[-1].end for n, own in spoken.items() if n < number), default=0.0)
    later = [own[0].start for n, own in spoken.items() if n > number]
    return start, max(start, min(later)) if later else None


def _beside(followed: Followed, segments: Sequence[Segment]) -> list[SaidBeside]:
    made = []
    for segment, line in zip(segments, followed.lines, strict=True):
        if segment.script in ("aside", "retake"):
            made.append(
                SaidBeside(
                    kind=segment.script,
                    start=segment.start,
                    end=segment.end,
                    text=segment.text,
                    sentence=None if line is None else line + 1,
                )
            )
    return made


def tell_report(report: ScriptReport, *, most: int = 12) -> list[str]:
    """Return the report as lines for people: shares first, then what needs a look, at most ``most`` rows of each."""
    if not report.belongs:
        return ["script: of something else; nothing was taken from it"]
    counts = {state: sum(1 for s in report.sentences if s.state == state) for state in ("spoken", "partly", "unspoken")}
    lines = [
        f"script: {report.share:.1%} found; {counts['spoken']} of {len(report.sentences)} sentences spoken,"
        f" {counts['partly']} in part, {counts['unspoken']} not; {report.speech_share:.1%} of speech is the script's"
    ]
    left = [(s.start, s.end, f"no. {s.number}", "; ".join(s.missing) or s.text) for s in report.unspoken]
    beside = [(b.start, b.end, "retake" if b.kind == "retake" else "", b.text) for b in report.beside]
    for title, rows in (("not spoken", left), ("not in the script", beside)):
        if rows:
            lines.append(f"{title}:")
            lines += [f"  {_span(start, end):>19}  {note:7} {_shorten(text)}" for start, end, note, text in rows[:most]]
        if len(rows) > most:
            lines.append(f"  … and {len(rows) - most} more, in the report")
    return lines


def _span(start: float | None, end: float | None) -> str:
    return f"{_clock(start)}-{_clock(end)}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "end"
    tenths = round(seconds * 10)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _shorten(text: str, width: int = 44) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
