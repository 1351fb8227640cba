"""Where headlines are broken, and how large they stay."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediakit.media.spans import Box
from mediakit.render.brand import Brand
from mediakit.render.easel import Easel
from mediakit.render.headline import break_headline, draw_headline
from mediakit.tools.fonts import find_font

FONT = find_font()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("夜行十二公里", ("夜行十二公里",)),
        ("《乡村医生》第三集 大山深处的听诊器", ("《乡村医生》第三集", "大山深处的听诊器")),
        ("我县2026年粮食总产突破1200万吨，创历史新高", ("我县2026年粮食总产突破", "1200万吨，创历史新高")),
        ("The Last Sleeper: why she walks the line at night", ("The Last Sleeper:", "why she walks the line at night")),
        ("第一行\n第二行更长一些", ("第一行", "第二行更长一些")),
    ],
)
def test_lines_end_where_a_person_would_end_them(text: str, rows: tuple[str, ...]) -> None:
    made = break_headline(FONT, text, size=84, least=39, width=822, height=210, lines=2)
    assert made is not None
    assert made.rows == rows


def test_names_of_the_programme_stay_whole() -> None:
    text = "夜行十二公里：一位巡道工长在云岭深处走过的二十年"
    made = break_headline(FONT, text, size=84, least=39, width=822, height=210, lines=2, terms=("巡道工长",))
    assert made is not None
    assert made.rows == ("夜行十二公里：一位巡道工长", "在云岭深处走过的二十年")


def test_a_headline_that_fits_nowhere_is_cut_short_and_noted() -> None:
    notes: list[str] = []
    easel = Easel(Brand(), (1080, 1920), Box(x=60, y=240, width=822, height=900), FONT, Fraction(25), FONT, notes)
    strap = draw_headline(easel, "夜行十二公里" * 20, 822, 190)
    assert strap.text.endswith("…")
    assert strap.graphic.width <= 822
    assert strap.graphic.height <= 190
    assert notes == [f"the headline is too long and was cut short: {strap.text.replace(' ', '')}"]
