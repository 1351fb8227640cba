"""The framing page: every shot's start, middle and end with its windows, and the lines that change them.

The page is plain HTML with its style, program and stills inside; it asks nothing of the network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from string import Template
from typing import TYPE_CHECKING

from mediakit.framing.labels import Labels, tell_reason
from mediakit.media.framing import FramedShot, Framing, format_shape, resolve, split_shape
from mediakit.media.pages import build_policy, read_part
from mediakit.media.pages import escape_text as _text
from mediakit.media.picture import find_nearest
from mediakit.media.times import format_clock
from mediakit.media.windows import Stretch, largest_height, window_size

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from mediakit.media.picture import PictureRecord, Shot

STILL_HEIGHT = 216
_INSET = 0.04
_NEAR_S = 0.4


def page_times(shot: FramedShot) -> tuple[float, float, float]:
    """Return the times of a shot's three stills: a little after its start, its middle, a little before its end."""
    inset = min((shot.end - shot.start) * 0.1, _INSET)
    return (
        round(shot.start + inset, 3),
        round((shot.start + shot.end) / 2, 3),
        round(max(shot.end - inset - _INSET, shot.start), 3),
    )


def build_page(
    framing: Framing,
    stills: Mapping[float, Picture],
    labels: Labels,
    *,
    name: str,
    record: PictureRecord | None = None,
) -> str:
    """Return the page; equal inputs, equal text.

    Args:
        framing: whose windows are shown.
        stills: by `page_times` of each shot.
        labels: the words.
        name: what the page is called.
        record: whose faces are drawn in, with the numbers that `follow` takes.
    """
    style, script = (_read(f"page.{suffix}") for suffix in ("css", "js"))
    policy = build_policy(style, script, "img-src data:")
    seen = (
        record.shots if record is not None and len(record.shots) == len(framing.shots) else (None,) * len(framing.shots)
    )
    shots = "\n".join(
        _shot(number, shot, one, framing, stills, labels)
        for number, (shot, one) in enumerate(zip(framing.shots, seen, strict=True), 1)
    )
    length = format_clock(framing.shots[-1].end)
    options = "".join(
        f'<option value="{n}" data-scale="{float(shape / framing.picture):.6f}">{format_shape(shape)}</option>'
        for n, shape in enumerate(framing.shapes)
    )
    return Template(_read("page.html")).substitute(
        {key: _text(labels[key]) for key in ("lang", "help", "show", "shape", "all", "doubtful")},
        policy=policy,
        title=_text(f"{labels['title']} · {name}"),
        facts=_text(f"{length} · {len(framing.shots)} {labels['shots']} · {framing.width} × {framing.height}"),
        style=style,
        script=script,
        shapes=options,
        shots=shots,
    )


def _read(name: str) -> str:
    return read_part("mediakit.framing", name)


def _shot(
    number: int,
    shot: FramedShot,
    seen: Shot | None,
    framing: Framing,
    stills: Mapping[float, Picture],
    labels: Labels,
) -> str:
    shown = [resolve(shot, shot.views[format_shape(shape)], shape, framing.picture) for shape in framing.shapes]
    figures = "".join(
        _figure(time, labels[word], shown, seen, framing, stills.get(time), labels)
        for time, word in zip(page_times(shot), ("start", "middle", "end"), strict=True)
    )
    doubtful = " ".join(str(int(_is_doubtful(stretches))) for stretches in shown)
    heights = " ".join(
        f"{_height_of(stretches, shape, framing.picture):.3f}"
        for stretches, shape in zip(shown, framing.shapes, strict=True)
    )
    whys = "".join(
        f'<small data-of="{n}">{_text(_tell(shot, shape, shown[n], labels))}</small>'
        for n, shape in enumerate(framing.shapes)
    )
    time = f"{format_clock(shot.start, decimals=2)} – {format_clock(shot.end, decimals=2)}"
    return (
        f'<section class="shot" id="shot{number}" tabindex="-1" data-doubtful="{doubtful}" data-heights="{heights}">'
        f"<h2>{_text(labels['shot'])} {number} · {time}{whys}</h2>"
        f'<div class="stills">{figures}</div>{_tools(shot, labels)}</section>'
    )


def _tell(shot: FramedShot, shape: Fraction, stretches: Sequence[Stretch], labels: Labels) -> str:
    view = shot.views[format_shape(shape)]
    if view.overrides or shot.overrides:
        return labels["override"]
    paths = [path for stretch in stretches for path in stretch.paths]
    how = labels["moving"] if any(not path.still for path in paths) else labels["still"] if paths else labels["fit"]
    return f"{tell_reason(view.why, labels)} · {how}"


def _is_doubtful(stretches: Sequence[Stretch]) -> bool:
    return len(stretches) > 1 or any(
        stretch.show != "window" or not all(path.still for path in stretch.paths) for stretch in stretches
    )


def _height_of(stretches: Sequence[Stretch], shape: Fraction, picture: Fraction) -> float:
    paths = [path for stretch in stretches if stretch.show == "window" for path in stretch.paths]
    return paths[0].height if paths else largest_height(shape, picture)


def _tools(shot: FramedShot, labels: Labels) -> str:
    people = sorted({person for view in shot.views.values() for person in view.ways})
    halves = any(view.halves for view in shot.views.values())
    lines = [f"follow: {person}" for person in people]
    lines += [f"fit: {fit}" for fit in ("blur", "pad", "stack", *(("split",) if halves else ()))]
    options = "".join(f'<option value="{line}">{line}</option>' for line in lines)
    return (
        f'<div class="tools"><label>{_text(labels["set"])} <select><option value="">{_text(labels["none"])}</option>'
        f"{options}</select></label>"
        f'<label>{_text(labels["height"])} <input type="range" min="0.2" max="1" step="0.01" value="1"></label>'
        f'<span class="result" hidden><span class="hint">{_text(labels["where"])}</span> <code></code> '
        f'<button type="button" data-done="{_text(labels["copied"])}">{_text(labels["copy"])}</button></span></div>'
    )


def _figure(
    time: float,
    word: str,
    shown: Sequence[Sequence[Stretch]],
    seen: Shot | None,
    framing: Framing,
    still: Picture | None,
    labels: Labels,
) -> str:
    high = 1000 / float(framing.picture)
    drawn = "".join(
        f'<g data-of="{n}">{"".join(_windows(time, stretches, framing.shapes[n], framing.picture, high))}</g>'
        for n, stretches in enumerate(shown)
    )
    faces = "".join(_faces(time, seen, high)) if seen is not None else ""
    width = max(round(STILL_HEIGHT * float(framing.picture)), 2)
    image = _text(labels["lost"])
    if still is not None:
        image = f'<img alt="{_text(word)}" width="{width}" height="{STILL_HEIGHT}" src="{_embed(still)}">'
    caption = f"<figcaption>{_text(word)} {format_clock(time, decimals=2)}</figcaption>"
    svg = f'<svg viewBox="0 0 1000 {high:.1f}" preserveAspectRatio="none">{drawn}{faces}</svg>'
    return f"<div><figure>{image}{svg}</figure>{caption}</div>"


def _windows(
    time: float, stretches: Sequence[Stretch], shape: Fraction, picture: Fraction, high: float
) -> Iterator[str]:
    at = next((one for one in stretches if one.start <= time < one.end), stretches[-1])
    if at.show == "fit":
        yield f'<rect class="win whole" x="4" y="4" width="992" height="{high - 8:.1f}"/>'
        return
    boxes = []
    for path in at.paths:
        wide, tall = window_size(path.height, shape if at.show == "window" else split_shape(shape), picture)
        mark = path.at(time)
        boxes.append(((mark.x - wide / 2) * 1000, (mark.y - tall / 2) * high, wide * 1000, tall * high))
    if len(boxes) == 1:  # two may overlap, and what lies in both would be dimmed again
        x, y, w, h = boxes[0]
        hole = f"M{x:.1f} {y:.1f}h{w:.1f}v{h:.1f}h-{w:.1f}z"
        yield f'<path class="out" fill-rule="evenodd" d="M0 0h1000v{high:.1f}h-1000z{hole}"/>'
    for k, (x, y, w, h) in enumerate(boxes):
        yield (f'<rect class="win{" second" if k else ""}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>')


def _faces(time: float, seen: Shot, high: float) -> Iterator[str]:
    for person in seen.persons:
        near = find_nearest(person.sightings, time)
        if near is not None and abs(near.time - time) <= _NEAR_S:
            area = near.area
            x, y = area.x * 1000, area.y * high
            yield (
                f'<rect class="face" x="{x:.1f}" y="{y:.1f}" width="{area.width * 1000:.1f}" '
                f'height="{area.height * high:.1f}"/><text class="named" x="{x:.1f}" y="{y - 6:.1f}">{person.id}</text>'
            )


def _embed(still: Picture) -> str:
    stream = BytesIO()
    still.convert("RGB").save(stream, "JPEG", quality=72)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
