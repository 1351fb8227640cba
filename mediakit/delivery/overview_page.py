"""The overview page: every episode with its shorts, their covers and titles; what failed stands at the top.

Plain HTML with its style and program inside; pictures and files are relative links, so the output folder can be moved
or copied as a whole. It asks nothing of the network, and its policy lets nothing run but its own program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template

from mediakit.delivery.overview import Overview, OverviewCover, OverviewEpisode, OverviewFile, OverviewShort
from mediakit.delivery.overview_labels import Labels, labels_for, name_step, tell
from mediakit.media.pages import build_policy, quote_link, read_part
from mediakit.media.pages import escape_text as _text
from mediakit.media.times import format_clock

_FOLDED = 12
_SIGNS = {"pass": "✓", "warn": "!", "fail": "✕", "unmeasured": "?", None: "–"}


def build_page(overview: Overview) -> str:
    """Return the page; equal overviews, equal text."""
    labels = labels_for(overview.language)
    style, script = _read("css"), _read("js")
    policy = build_policy(style, script, "img-src 'self' file:; media-src 'self' file:")
    interface = ("search", "channel", "every", "state", "sort", "shown", "keys")
    return Template(_read("html")).substitute(
        {key: _text(labels[key]) for key in interface},
        lang=labels["lang"],
        policy=policy,
        title=_text(f"{labels['title']} · {overview.name}"),
        style=style,
        script=script,
        facts=_text(_facts(overview, labels)),
        lists="\n".join(_list_troubles(overview, labels)),
        channels=_options(overview.list_channels()),
        states=_options({state: labels[f"state_{state}"] for state in ("failed", "look", "done")}),
        orders=_options({key: labels[f"sort_{key}"] for key in ("name", "score", "seconds", "state")}),
        episodes="\n".join(_episode(episode, labels) for episode in overview.episodes),
    )


def _read(suffix: str) -> str:
    return read_part("mediakit.delivery", f"overview_page.{suffix}")


def _options(words: Mapping[str, str]) -> str:
    return "".join(f'<option value="{_text(value)}">{_text(word)}</option>' for value, word in words.items())


def _facts(overview: Overview, labels: Labels) -> str:
    shorts = [short for episode in overview.episodes for short in episode.shorts if short.files]
    made = sum(len(short.files) for short in shorts)
    parts = [
        f"{len(overview.episodes)} {labels['episodes']}",
        f"{len(shorts)} {labels['shorts']}",
        f"{made} {labels['files']}",
    ]
    counts = {state: len(overview.in_state(state)) for state in ("failed", "look")}
    parts += [f"{count} {labels[f'state_{state}']}" for state, count in counts.items() if count]
    return " · ".join(parts)


def _list_troubles(overview: Overview, labels: Labels) -> list[str]:
    """Return the lists of what failed and of what is missing, folded where they are long."""
    lists = []
    for state in ("failed", "look"):
        episodes = overview.in_state(state)
        if episodes:
            rows = "".join(_trouble_row(episode, labels) for episode in episodes)
            opened = " open" if state == "failed" or len(episodes) <= _FOLDED else ""
            title = f"{labels[state]} ({len(episodes)})"
            lists.append(
                f'<details class="troubles {state}"{opened}><summary>{_text(title)}</summary><ul>{rows}</ul></details>'
            )
    return lists


def _trouble_row(episode: OverviewEpisode, labels: Labels) -> str:
    source = f' <span class="soft">{_text(episode.source)}</span>' if episode.source else ""
    told = "".join(f"<br>{line}" for line in _tell_troubles(episode, labels))
    return f'<li><a href="#{_anchor(episode)}"><b>{_text(episode.item)}</b></a>{source}{told}</li>'


def _tell_troubles(episode: OverviewEpisode, labels: Labels) -> list[str]:
    """Return a line for each trouble; what was not packaged because of its check is told once."""
    checked = {one.subject for one in episode.troubles if one.step == "qc"}
    lines = []
    for one in episode.troubles:
        if one.step == "package" and one.subject in checked:
            continue
        about = f"{one.subject}: " if one.subject not in ("", "shorts", episode.source) else ""
        hint = f' <span class="soft">{_text(labels["hint"] + tell(one.hint, labels))}</span>' if one.hint else ""
        lines.append(f"{_text(name_step(one.step, labels))}: {_text(about + tell(one.message, labels))}{hint}")
    return lines


def _anchor(episode: OverviewEpisode) -> str:
    return _text("ep-" + "".join(c if c.isalnum() else "-" for c in episode.item))


def _episode(episode: OverviewEpisode, labels: Labels) -> str:
    scores = [short.score for short in episode.shorts if short.score is not None]
    facts = [f"{labels['source']} {episode.source}"] if episode.source else []
    facts += [format_clock(episode.seconds)] if episode.seconds is not None else []
    head = f'<h2>{_text(episode.item)}</h2><span class="soft">{_text(" · ".join(facts))}</span>'
    for place, word in ((episode.list_file, "list"), (episode.framing_page, "framing")):
        if place:
            head += f'<a class="soft" href="{quote_link(place)}">{_text(labels[word])}</a>'
    shown = "".join(_short(short, labels) for short in episode.shorts if short.files)
    still = f'<img class="still" loading="lazy" alt="" src="{quote_link(episode.picture)}">' if episode.picture else ""
    told = "".join(f"<p>{line}</p>" for line in _tell_troubles(episode, labels))
    body = f'<div class="shorts">{shown}</div>' if shown else f"{told}{still}"
    return (
        f'<section class="episode {episode.state}" id="{_anchor(episode)}" data-state="{episode.state}"'
        f' data-name="{_text(f"{episode.item} {episode.source}")}" data-score="{max(scores, default=0):g}"'
        f' data-seconds="{episode.seconds or 0:g}"><div>{head}</div>{body}</section>'
    )


def _short(short: OverviewShort, labels: Labels) -> str:
    title = short.title or next((file.title for file in short.files if file.title), "") or short.id or labels["whole"]
    facts = [format_clock(short.seconds, decimals=1)]
    if short.start is not None and short.end is not None:
        facts.append(f"{format_clock(short.start)}–{format_clock(short.end)}")
    if short.score is not None:
        facts.append(f"{labels['score']} {short.score:.2f}")
    facts.append(short.id or labels["whole"])
    said = short.lead or short.opens_with
    return (
        f'<article class="short"><div class="outlets">{"".join(_file(file, labels) for file in short.files)}</div>'
        f'<h3 dir="auto">{_text(title)}</h3>'
        + (f'<p class="lead" dir="auto">{_text(said)}</p>' if said else "")
        + f'<p class="soft">{_text(" · ".join(facts))}</p></article>'
    )


def _file(file: OverviewFile, labels: Labels) -> str:
    verdict = labels[file.quality] if file.quality else labels["unchecked"]
    faults = "; ".join(file.faults)
    sign = f'<b class="{file.quality or ""}" title="{_text(faults or verdict)}">{_SIGNS[file.quality]}</b>'
    name = f'<a href="{quote_link(file.file)}">{_text(file.outlet)}</a>' if file.file else _text(file.outlet)
    lines = [f"{sign} {name}"]
    if file.package:
        lines.append(f'<a class="soft" href="{quote_link(file.package)}">{_text(labels["package"])}</a>')
    if file.kept_back:
        why = "; ".join(tell(reason, labels) for reason in file.kept_back)
        lines.append(f'<span class="kept" title="{_text(why)}">{_text(labels["unpackaged"])}: {_text(why)}</span>')
    elif file.quality in ("warn", "fail") and faults:
        lines.append(f'<span class="{file.quality}" title="{_text(faults)}">{_text(faults)}</span>')
    return (
        f'<figure data-channel="{_text(file.channel)}"><div class="covers">{_covers(file, labels)}</div>'
        f"<figcaption>{'<br>'.join(lines)}</figcaption></figure>"
    )


def _covers(file: OverviewFile, labels: Labels) -> str:
    shown = [_cover(cover, file) for cover in file.covers] or [f'<span class="none">{_text(labels["no_cover"])}</span>']
    if not file.file:
        return "".join(shown)
    first, *others = shown
    return f'<a class="play" href="{quote_link(file.file)}">{first}</a>' + "".join(others)


def _cover(cover: OverviewCover, file: OverviewFile) -> str:
    size = f'width="{cover.width}" height="{cover.height}"'
    return f'<img loading="lazy" {size} alt="{_text(file.title or file.outlet)}" src="{quote_link(cover.picture)}">'


def list_pictures(overview: Overview) -> Sequence[str]:
    """Return the paths of all pictures that the page shows, each once, sorted."""
    found = {episode.picture for episode in overview.episodes if episode.picture}
    for episode in overview.episodes:
        for short in episode.shorts:
            found |= {cover.picture for file in short.files for cover in file.covers}
    return sorted(found)
