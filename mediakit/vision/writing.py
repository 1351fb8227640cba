"""Text on screen over time: which lines are burned subtitles, which a strap or title, which a page of text.

Subtitles are known by the programme, not by one picture: they stand in one band below, change often, and are centred
or start at one place. A page is much text over much of the picture's height. What else stands still is a label; a sign
in the scene that moves with the camera is nothing that was written on the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from mediakit.media.picture import Area, Writing
from mediakit.vision.seen import SeenLine

Looks = Sequence[tuple[float, Sequence[SeenLine]]]
"""Times in seconds, ascending, each with the lines that were seen."""

_LEAST_HEIGHT = 0.016
_LEAST_LABEL = (0.06, 0.02)
"""Width and height of a label."""
_MOVED = 0.012
_OTHER_LOOK = 1.6
"""Mean difference of two tiny pictures of a line, of 9, from which on it says something else."""

_PAGE_LINES, _PAGE_COVER, _PAGE_REACH = 5, 0.05, 0.35

_BAND = 0.03
_LOWEST = 0.99
_WIDE_TOP, _TALL_TOP = 0.68, 0.5
_TALLEST = 0.13
_CENTRED = 0.07
_LEAST_TEXTS = 2
_LEAST_LONG = 3
_LONG_S = 20.0
_LONGEST_TEXT_S = 12.0
_LEAST_CENTRED, _LEAST_ALIGNED = 0.1, 0.25
"""Usual width of subtitles that are centred, and of those that start at one place."""
_LEAST_ALIGNED_TEXTS = 4
"""Straps start at one place as well, but there are few of them."""
_GAP_LINES = 1.4


@dataclass
class _Run:
    """One line that stays as it is over some looks, in one shot."""

    shot: int
    line: SeenLine
    times: list[float] = field(default_factory=list)
    start: float = 0.0
    end: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        return self.line.x + self.line.width / 2, self.line.y + self.line.height / 2


def find_writing(
    shots: Sequence[tuple[float, float]], looks: Sequence[Looks], *, tall: bool
) -> tuple[tuple[Writing, ...], ...]:
    """Return the text on screen of every shot.

    Args:
        shots: start and end in seconds.
        looks: of every shot.
        tall: the picture is higher than wide.
    """
    pages: list[list[Writing]] = []
    runs: list[_Run] = []
    for number, (span, seen) in enumerate(zip(shots, looks, strict=True)):
        found, rest = _split_pages(span, seen)
        pages.append(found)
        runs += _chain(number, span, rest)
    captions = _choose_captions(runs, tall=tall)
    made: list[tuple[Writing, ...]] = []
    of_shot: dict[int, list[_Run]] = {}
    for run in runs:
        of_shot.setdefault(run.shot, []).append(run)
    for number, span in enumerate(shots):
        own = of_shot.get(number, [])
        subtitles = _merge([run for run in own if id(run) in captions], "caption")
        staying = [run for run in own if id(run) not in captions and len(run.times) > 1]
        width, height = _LEAST_LABEL
        labels = [
            label for label in _merge(staying, "label") if label.area.width >= width and label.area.height >= height
        ]
        writing = [*pages[number], *subtitles, *labels]
        made.append(tuple(sorted(writing, key=lambda one: (one.start, one.kind, one.area.y, one.area.x))))
        assert all(span[0] <= one.start < one.end <= span[1] for one in writing)
    return tuple(made)


def _split_pages(span: tuple[float, float], seen: Looks) -> tuple[list[Writing], list[tuple[float, list[SeenLine]]]]:
    """Return the pages of text of a shot, and what is seen where there is none."""
    pages: list[Writing] = []
    rest: list[tuple[float, list[SeenLine]]] = []
    for number, (time, lines) in enumerate(seen):
        lines = [line for line in lines if line.height >= _LEAST_HEIGHT]
        area = _page_area(lines) if len(seen) > 1 else None
        if area is None:
            rest.append((time, lines))
            continue
        start, end = _reach(span, seen, number)
        if pages and abs(pages[-1].end - start) < 1e-6:
            both = _around([pages[-1].area, area])
            pages[-1] = pages[-1].model_copy(update={"end": end, "area": both})
        else:
            pages.append(Writing(start=start, end=end, area=area, kind="page"))
    return pages, rest


def _page_area(lines: Sequence[SeenLine]) -> Area | None:
    if len(lines) < _PAGE_LINES:
        return None
    area = _around([_area(line) for line in lines])
    cover = sum(line.width * line.height for line in lines)
    rows = len({round((line.y + line.height / 2) / 0.04) for line in lines})
    return area if cover >= _PAGE_COVER and area.height >= _PAGE_REACH and rows >= _PAGE_LINES - 1 else None


def _reach(span: tuple[float, float], seen: Sequence[tuple[float, object]], number: int) -> tuple[float, float]:
    """Return from when to when a look stands for: halfway to the looks around it, the shot's ends beyond them."""
    start = span[0] if number == 0 else (seen[number - 1][0] + seen[number][0]) / 2
    end = span[1] if number + 1 == len(seen) else (seen[number][0] + seen[number + 1][0]) / 2
    return round(max(start, span[0]), 6), round(min(end, span[1]), 6)


def _chain(shot: int, span: tuple[float, float], seen: Sequence[tuple[float, list[SeenLine]]]) -> list[_Run]:
    """Return the lines of a shot, each over all looks in which it stays."""
    done: list[_Run] = []
    open_runs: list[_Run] = []
    for number, (time, lines) in enumerate(seen):
        start, end = _reach(span, seen, number)
        going_on: list[_Run] = []
        for line in lines:
            same = next((run for run in open_runs if _is_same(run.line, line)), None)
            if same is not None:
                open_runs.remove(same)
                same.times.append(time)
                same.end = end
                going_on.append(same)
            else:
                going_on.append(_Run(shot, line, [time], start, end))
        done += open_runs
        open_runs = going_on
    return [*done, *open_runs]


def _is_same(one: SeenLine, two: SeenLine) -> bool:
    sides = (one.x - two.x, one.y - two.y, one.x + one.width - two.x - two.width)
    if max(abs(side) for side in sides) > _MOVED:
        return False
    return not one.look or not two.look or _differ(one, two) < _OTHER_LOOK


def _differ(one: SeenLine, two: SeenLine) -> float:
    return sum(abs(a - b) for a, b in zip(one.look, two.look, strict=True)) / max(len(one.look), 1)


def _choose_captions(runs: Sequence[_Run], *, tall: bool) -> set[int]:
    """Return the ids of the runs that are burned subtitles."""
    top = _TALL_TOP if tall else _WIDE_TOP
    low = [run for run in runs if top <= run.middle[1] <= _LOWEST and run.line.height <= _TALLEST]
    chosen: set[int] = set()
    judged: dict[tuple[int, ...], bool] = {}  # neighbours have the same band
    for seed in low:
        band = [run for run in low if abs(run.middle[1] - seed.middle[1]) <= _BAND]
        ids = tuple(id(run) for run in band)
        if ids not in judged:
            judged[ids] = _is_caption_band(band)
        if judged[ids]:
            chosen.update(id(run) for run in band if run.end - run.start <= _LONGEST_TEXT_S)
    return chosen


def _is_caption_band(band: Sequence[_Run]) -> bool:
    """Tell whether lines at one height are subtitles: several texts, none for long, centred or with one edge."""
    texts: list[SeenLine] = []
    for run in band:
        if not any(_is_same(run.line, other) for other in texts):
            texts.append(run.line)
    lasting = sum(run.end - run.start for run in band)
    needed = _LEAST_TEXTS if lasting < _LONG_S else _LEAST_LONG
    if len(texts) < needed or median(run.end - run.start for run in band) > _LONGEST_TEXT_S:
        return False
    middles = [line.x + line.width / 2 for line in texts]
    centred = sum(abs(middle - 0.5) <= _CENTRED for middle in middles) / len(texts)
    left = median(line.x for line in texts)
    aligned = sum(abs(line.x - left) <= _MOVED for line in texts) / len(texts)
    widths = [line.width for line in texts]
    if centred >= 0.7 and median(widths) >= _LEAST_CENTRED:
        return True
    varied = max(widths) - min(widths) > 0.05
    return len(texts) >= _LEAST_ALIGNED_TEXTS and aligned >= 0.8 and median(widths) >= _LEAST_ALIGNED and varied


def _merge(runs: Iterable[_Run], kind: Literal["caption", "label"]) -> list[Writing]:
    """Return one writing for lines that stand below each other at the same time."""
    blocks: list[Writing] = []
    for run in sorted(runs, key=lambda one: (one.start, one.end, one.line.y, one.line.x)):
        made = Writing(start=run.start, end=run.end, area=_area(run.line), kind=kind)
        for number, block in enumerate(blocks):
            same_time = abs(block.start - made.start) < 1e-6 and abs(block.end - made.end) < 1e-6
            if same_time and _is_near(block.area, made.area, run.line.height):
                blocks[number] = block.model_copy(update={"area": _around([block.area, made.area])})
                break
        else:
            blocks.append(made)
    return blocks


def _is_near(one: Area, two: Area, height: float) -> bool:
    down = max(one.y, two.y) - min(one.bottom, two.bottom)
    across = max(one.x, two.x) - min(one.right, two.right)
    return down <= _GAP_LINES * height and across <= height


def _area(line: SeenLine) -> Area:
    return Area(x=line.x, y=line.y, width=line.width, height=line.height)


def _around(areas: Sequence[Area]) -> Area:
    x, y = min(area.x for area in areas), min(area.y for area in areas)
    right, bottom = max(area.right for area in areas), max(area.bottom for area in areas)
    return Area(x=round(x, 4), y=round(y, 4), width=round(right - x, 4), height=round(bottom - y, 4))
