"""Covers as values: the title lies inside the cover and over no face, and the face is shown."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mediakit.media.picture import Area, Person, PictureRecord, Shot, Sighting, Still, Writing
from mediakit.media.spans import Box
from mediakit.render.brand import Brand, HeadlineStyle
from mediakit.render.cover_choice import recommend
from mediakit.render.cover_layout import compose_cover
from mediakit.render.easel import Easel
from mediakit.tools.fonts import find_font

FONT = find_font()
SIZES = [(1080, 1440), (1440, 1080), (1280, 720), (1400, 1400), (900, 383), (1080, 1920)]
FRAMES = [(1920, 1080), (1080, 1920), (640, 480)]


def easel_of(size: tuple[int, int], brand: Brand) -> Easel:
    margin = round(min(size) * 0.07)
    safe = Box(x=margin, y=margin, width=size[0] - 2 * margin, height=size[1] - 2 * margin)
    return Easel(brand, size, safe, FONT, Fraction(25), FONT)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SIZES),
    st.sampled_from(FRAMES),
    st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.04, 0.6)), min_size=1, max_size=3),
    st.text("夜行十二公里巡道工长的二十年，：国Wigq A", min_size=1, max_size=30).filter(str.strip),
    st.sampled_from([None, "#7a1020"]),
)
@example((1440, 1080), (1920, 1080), [(0.0, 0.124, 0.58)], "十的十A巡里行，巡十二A长道q长国q，的", None)
@example((900, 383), (1920, 1080), [(0.65, 0.85, 0.6), (0.0, 0.0, 0.57)], "W道二道 道，长夜年Wq", "#7a1020")
def test_the_title_covers_no_face_and_stays_inside(
    size: tuple[int, int],
    frame: tuple[int, int],
    places: list[tuple[float, float, float]],
    title: str,
    box: str | None,
) -> None:
    shape = frame[1] / frame[0]
    faces = [(x, y, min(height * shape * 0.75, 1 - x), min(height, 1 - y)) for x, y, height in places]
    assume(all(width > 0.01 for _, _, width, _ in faces))
    easel = easel_of(size, Brand(headline=HeadlineStyle(box=box)))
    made = compose_cover(frame, easel, title, faces)
    left, top, right, bottom = made.window
    assert left >= -1e-6
    assert top >= -1e-6
    assert right <= frame[0] + 1e-6
    assert bottom <= frame[1] + 1e-6
    wanted = Fraction(made.picture.width, made.picture.height)
    assert abs((right - left) / (bottom - top) / float(wanted) - 1) < 0.01
    assert made.title is not None
    written = made.title.box
    assert easel.safe.contains(written)
    across, down = made.picture.width / (right - left), made.picture.height / (bottom - top)
    for x, y, width, height in faces:
        seen_left, seen_top = (x * frame[0] - left) * across, (y * frame[1] - top) * down
        seen_right, seen_bottom = seen_left + width * frame[0] * across, seen_top + height * frame[1] * down
        beside = seen_right <= written.x or seen_left >= written.right
        # What a band hides of a picture is not shown at all.
        shown_bottom = min(seen_bottom, made.picture.bottom)
        assert beside or shown_bottom <= written.y or seen_top >= written.bottom


def test_a_small_face_is_brought_nearer_and_stays_whole() -> None:
    easel = easel_of((1080, 1440), Brand())
    face = (0.7, 0.35, 0.08, 0.16)
    made = compose_cover((1920, 1080), easel, "夜行十二公里", [face])
    left, top, right, bottom = made.window
    assert bottom - top < 1080 * 0.9
    assert left <= 0.7 * 1920
    assert right >= 0.78 * 1920
    assert top <= 0.35 * 1080
    assert bottom >= 0.51 * 1080


def test_what_fills_the_frame_leaves_the_title_a_band() -> None:
    easel = easel_of((1080, 1440), Brand())
    made = compose_cover((1080, 1440), easel, "夜行十二公里", [(0.02, 0.02, 0.96, 0.96)])
    assert made.title is not None
    assert made.title.place == "band"
    assert made.picture.bottom <= made.title.box.y


def _sighted(start: float, end: float, area: Area) -> Person:
    times = [start + k * 0.2 for k in range(int((end - start) / 0.2) + 1)]
    return Person(id=1, sightings=tuple(Sighting(time=time, area=area, confidence=0.9) for time in times))


def test_places_with_a_large_whole_face_and_no_text_come_first() -> None:
    face, small = Area(x=0.4, y=0.2, width=0.2, height=0.35), Area(x=0.4, y=0.2, width=0.03, height=0.05)
    cut = Area(x=0.9, y=0.2, width=0.2, height=0.35)
    bright = tuple(Still(time=t / 2, sharpness=0.7, brightness=0.5) for t in range(100))
    caption = Writing(start=30, end=40, area=Area(x=0.2, y=0.8, width=0.6, height=0.1), kind="caption")
    shots = (
        Shot(start=0, end=10, stills=bright),
        Shot(start=10, end=20, persons=(_sighted(10, 20, small),), stills=bright),
        Shot(start=20, end=30, persons=(_sighted(20, 30, face),), stills=bright),
        Shot(start=30, end=40, persons=(_sighted(30, 40, face),), writing=(caption,), stills=bright),
        Shot(start=40, end=50, persons=(_sighted(40, 50, cut),), stills=bright),
    )
    record = PictureRecord(width=1920, height=1080, fps=Fraction(25), duration=50, shots=shots)
    hints = recommend(record, [(0.0, 50.0)])
    assert 20.3 < hints[0].time < 29.7
    assert hints[0].faces == ((0.4, 0.2, 0.2, 0.35),)
    assert all(20 < hint.time < 30 for hint in hints[:3])
    without = recommend(record, [(0.0, 50.0)], textless=True)
    assert any(30 < hint.time < 40 for hint in without[:6])
    assert all(not 30 < hint.time < 40 or not hint.texts for hint in without)
    assert {hint.time < 12 for hint in recommend(record, [(2.0, 12.0)])} == {True}
