"""Picture checks on real decodes: each fault planted in a clip, and the same clip without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from media_factory import run

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel
from mediakit.media.qcreport import Check
from mediakit.media.rendition import Rendition
from mediakit.media.spans import Span
from mediakit.quality.inspection import inspect_file
from mediakit.quality.target import make_target

SIZE = (192, 108)
LAVFI_MOTION = f"testsrc2=s={SIZE[0]}x{SIZE[1]}:r=25"
TAGGED = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
ENCODE = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50"]


def small_channel(**changes: object) -> Channel:
    values: dict[str, object] = {
        "title": "small",
        "container": "mp4",
        "frame": {"width": SIZE[0], "height": SIZE[1], "fps": 25},
        "fit": "blur",
        "video": {"codec": "h264", "max_rate": "2M", "gop_seconds": 2},
        "audio": {"codec": "aac", "loudness": "gyt282"},
        "source": "a test",
        "grade": "M",
        "checked_on": "2026-11-22",
    }
    return Channel.model_validate({**values, **changes})


def measure(path: Path, *only: str, rendition: Rendition | None = None, **changes: object) -> dict[str, Check]:
    profiles = load_profiles()
    channel = small_channel(**changes)
    target = make_target(channel, profiles.loudness[channel.audio.loudness], profiles.qc["default"], rendition, only)
    return {check.id: check for check in inspect_file(path, target)}


def make(path: Path, graph: str, seconds: float = 4.0, *options: str) -> Path:
    run(
        [
            "-f",
            "lavfi",
            "-i",
            f"{graph},{TAGGED}",
            "-t",
            str(seconds),
            *ENCODE,
            *options,
            "-movflags",
            "+faststart",
            path,
        ]
    )
    return path


def plan(**values: object) -> Rendition:
    data: dict[str, object] = {
        "channel": "x",
        "stem": "x",
        "source_digest": "0" * 64,
        "duration": 8.0,
        "main": "x.mp4",
        "files": (),
    }
    return Rendition.model_validate({**data, **values})


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clean") / "干净 clip.mp4", LAVFI_MOTION, 8.0)


@pytest.mark.parametrize("check", ["black", "freeze", "bars", "flash", "field_order"])
def test_moving_picture_has_no_fault(clean: Path, check: str) -> None:
    assert measure(clean, check)[check].verdict == "pass"


@pytest.mark.parametrize(("length", "verdict"), [(0.4, "pass"), (1.2, "warn"), (2.8, "fail")])
def test_black_is_timed_and_graded_by_length(tmp_path: Path, length: float, verdict: str) -> None:
    box = f"{LAVFI_MOTION},drawbox=t=fill:c=black:enable='gte(t,1)*lt(t,{1 + length})'"
    check = measure(make(tmp_path / "black.mp4", box, 5.0), "black")["black"]
    assert check.verdict == verdict
    if verdict != "pass":
        assert check.where[0].start == pytest.approx(1.0, abs=0.05)
        assert check.where[0].duration == pytest.approx(length, abs=0.05)
        assert check.source


def test_black_at_the_end_is_found(tmp_path: Path) -> None:
    path = make(tmp_path / "end.mp4", f"{LAVFI_MOTION},drawbox=t=fill:c=black:enable='gte(t,2)'", 5.0)
    check = measure(path, "black")["black"]
    assert check.verdict == "fail"
    assert check.where[0].end == pytest.approx(5.0, abs=0.05)


def test_white_text_on_a_planned_card_is_no_black(tmp_path: Path) -> None:
    card = f"{LAVFI_MOTION},drawbox=t=fill:c=black:enable='lt(t,3)'"
    path = make(tmp_path / "card.mp4", card, 5.0)
    assert measure(path, "black")["black"].verdict == "fail"
    planned = plan(planned_stills=(Span(start=0, end=3),), duration=5.0)
    assert measure(path, "black", rendition=planned)["black"].verdict == "pass"


@pytest.mark.parametrize(("length", "verdict"), [(1.5, "pass"), (3.0, "warn"), (5.6, "fail")])
def test_freeze_is_found_through_key_frame_pulses(tmp_path: Path, length: float, verdict: str) -> None:
    # A still that goes through a lossy encoder with a key frame every half second.
    still = int(length * 25)
    graph = f"{LAVFI_MOTION},loop=loop={still}:size=1:start=25"
    path = make(tmp_path / "freeze.mp4", graph, length + 3, "-crf", "32", "-g", "12")
    check = measure(path, "freeze", video={"codec": "h264", "gop_seconds": 1})["freeze"]
    assert check.verdict == verdict
    if verdict != "pass":
        assert check.where[0].start == pytest.approx(1.0, abs=0.1)
        assert check.where[0].duration == pytest.approx(length, abs=0.4)


def test_planned_still_is_no_freeze_and_its_surplus_is(tmp_path: Path) -> None:
    path = make(tmp_path / "still.mp4", f"{LAVFI_MOTION},loop=loop=150:size=1:start=25", 8.0)
    assert measure(path, "freeze")["freeze"].verdict == "fail"
    exact = plan(planned_stills=(Span(start=1.0, end=7.04),))
    assert measure(path, "freeze", rendition=exact)["freeze"].verdict == "pass"
    short = plan(planned_stills=(Span(start=1.0, end=4.0),))
    check = measure(path, "freeze", rendition=short)["freeze"]
    assert check.verdict == "warn"
    assert check.where[0].start == pytest.approx(4.1, abs=0.1)


def test_small_motion_in_a_locked_off_shot_is_no_freeze(tmp_path: Path) -> None:
    # One person of 1/12 of the width walks through a still landscape: the picture's mean hardly changes.
    graph = (
        "color=c=0x6080A0:s=192x108:r=25,drawbox=y=70:h=38:w=iw:t=fill:c=0x405030[b];"
        "color=c=0xC09070:s=16x24:r=25[p];[b][p]overlay=x='20+6*t':y=60:shortest=1"
    )
    assert measure(make(tmp_path / "walk.mp4", graph, 7.0), "freeze")["freeze"].verdict == "pass"


def test_slow_zoom_on_a_photo_is_no_freeze(tmp_path: Path) -> None:
    graph = (
        "mandelbrot=s=384x216:r=25,trim=end_frame=1,loop=loop=-1:size=1,"
        "zoompan=z='1+0.0012*on':d=1:x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':s=192x108:fps=25"
    )
    assert measure(make(tmp_path / "zoom.mp4", graph, 7.0), "freeze")["freeze"].verdict == "pass"


def test_bars_are_told_unless_the_channel_pads(tmp_path: Path) -> None:
    letterbox = f"{LAVFI_MOTION},scale=192:80,pad=192:108:0:14:black"
    path = make(tmp_path / "bars.mp4", letterbox, 4.0)
    check = measure(path, "bars")["bars"]
    assert check.verdict == "warn"
    assert "letterbox" in check.message
    padded = measure(path, "bars", rendition=plan(duration=4.0), fit="pad")["bars"]
    assert padded.verdict == "pass"
    assert "on purpose" in padded.message


def test_pillar_box_in_a_stretch_is_timed(tmp_path: Path) -> None:
    sides = "drawbox=w=24:h=ih:t=fill:c=black:enable='gte(t,2)*lt(t,6)'"
    graph = f"{LAVFI_MOTION},{sides},{sides.replace('drawbox=', 'drawbox=x=iw-24:')}"
    check = measure(make(tmp_path / "pillar.mp4", graph, 8.0), "bars")["bars"]
    assert check.verdict == "warn"
    assert check.where[0].start == pytest.approx(2.0, abs=0.6)
    assert check.where[0].end == pytest.approx(6.0, abs=0.6)


def test_levels_tell_full_range_luma(tmp_path: Path) -> None:
    ramp = "nullsrc=s=192x108:r=25,format=yuv420p,geq=lum='{}+X':cb=128:cr=128"
    good = measure(make(tmp_path / "good.mp4", ramp.format(30), 1.0), "levels")["levels"]
    bad = measure(make(tmp_path / "bad.mp4", ramp.format(64), 1.0), "levels")["levels"]
    assert good.verdict == "pass"
    assert bad.verdict == "warn"
    # Columns with luma above 241 (103 %): from X = 178 on, 14 of 192.
    assert float(bad.measured or 0) == pytest.approx(14 / 192 * 100, abs=2.5)


@pytest.mark.parametrize(("hertz", "verdict"), [(2.5, "pass"), (6.25, "fail")])
def test_flashes_are_counted_in_a_second(tmp_path: Path, hertz: float, verdict: str) -> None:
    graph = f"nullsrc=s=192x108:r=25,format=yuv420p,geq=lum='if(lt(mod(T*{hertz}\\,1)\\,0.5)\\,30\\,200)':cb=128:cr=128"
    check = measure(make(tmp_path / "flash.mp4", graph, 3.0), "flash")["flash"]
    assert check.verdict == verdict
    assert float(check.measured or 0) == pytest.approx(hertz, abs=0.6)
    assert "screening" in check.message


def test_flashes_on_a_small_part_pass(tmp_path: Path) -> None:
    graph = (
        "nullsrc=s=192x108:r=25,format=yuv420p,geq=lum='if(lt(X\\,40)*lt(mod(T*8\\,1)\\,0.5)\\,220\\,30)':cb=128:cr=128"
    )
    assert measure(make(tmp_path / "small.mp4", graph, 3.0), "flash")["flash"].verdict == "pass"


@pytest.mark.parametrize(("period", "speed"), [(48, 10), (96, 17), (64, 13)])
def test_a_fast_pan_over_stripes_is_no_flash(tmp_path: Path, period: int, speed: int) -> None:
    graph = (
        "nullsrc=s=192x108:r=25,format=yuv420p,"
        f"geq=lum='if(lt(mod(X+{speed}*N\\,{period})\\,{period // 2})\\,30\\,200)':cb=128:cr=128"
    )
    check = measure(make(tmp_path / "pan.mp4", graph, 3.0), "flash")["flash"]
    assert check.verdict == "pass", check.message


def test_quick_cuts_between_shots_are_no_flashes(tmp_path: Path) -> None:
    # Five cuts a second between bright and dark shots that have nothing in common.
    graph = (
        "nullsrc=s=192x108:r=25,format=yuv420p,"
        "geq=lum='30+190*abs(sin(floor(X/48)*1.7+floor(Y/36)*2.9+floor(N/5)*4.3))':cb=128:cr=128"
    )
    check = measure(make(tmp_path / "cuts.mp4", graph, 4.0), "flash")["flash"]
    assert check.verdict == "pass", check.message


def test_a_strobe_among_quick_cuts_fails(tmp_path: Path) -> None:
    graph = (
        "nullsrc=s=192x108:r=25,format=yuv420p,"
        "geq=lum='if(between(N\\,40\\,69)*lt(mod(N\\,5)\\,2)\\,225\\,"
        "20+90*abs(sin(floor(X/48)*1.7+floor(Y/36)*2.9+floor(N/10)*4.3)))':cb=128:cr=128"
    )
    check = measure(make(tmp_path / "strobe.mp4", graph, 4.0), "flash")["flash"]
    assert check.verdict == "fail"
    assert check.where[0].start == pytest.approx(40 / 25, abs=0.5)
    assert check.where[-1].end == pytest.approx(70 / 25, abs=0.2)


def test_red_flashes_of_equal_luminance_fail(tmp_path: Path) -> None:
    graph = (
        "nullsrc=s=192x108:r=25,format=yuv420p,"
        "geq=lum=63:cb='if(lt(mod(T*6.25\\,1)\\,0.5)\\,102\\,128)':cr='if(lt(mod(T*6.25\\,1)\\,0.5)\\,240\\,128)'"
    )
    check = measure(make(tmp_path / "red.mp4", graph, 3.0), "flash")["flash"]
    assert check.verdict == "fail"
    assert "red" in check.message


@pytest.fixture(scope="module")
def interlaced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fields") / "fields.mp4"
    graph = "testsrc2=s=192x108:r=50,tinterlace=interleave_top,setfield=tff"
    return make(path, graph, 4.0, "-flags", "+ildct+ilme", "-x264-params", "tff=1")


def test_interlaced_picture_fails_a_progressive_channel(interlaced: Path) -> None:
    check = measure(interlaced, "field_order")["field_order"]
    assert check.verdict == "fail"
    assert "interlaced" in check.message


def test_interlaced_channel_takes_top_field_first(interlaced: Path, clean: Path) -> None:
    frame = {"width": 192, "height": 108, "fps": 25, "scan": "interlaced"}
    assert measure(interlaced, "field_order", frame=frame)["field_order"].verdict == "pass"
    assert measure(clean, "field_order", frame=frame)["field_order"].verdict == "fail"


def test_picture_frame_times_follow_the_file_where_the_rate_varies(tmp_path: Path) -> None:
    # The first two seconds come at 5 frames a second, so the black begins at frame 10 + 25.
    graph = f"{LAVFI_MOTION},drawbox=t=fill:c=black:enable='gte(t,3)',select='gte(t,2)+not(mod(n,5))'"
    path = make(tmp_path / "vfr.mp4", graph, 6.0, "-fps_mode", "vfr")
    check = measure(path, "black", "container")
    assert check["black"].where[0].start == pytest.approx(3.0, abs=0.06)
    assert "rate varies" in check["container"].message


def test_combing_under_a_progressive_flag_is_told(tmp_path: Path) -> None:
    # Fields of two moments, woven into frames that are coded as progressive.
    graph = "mandelbrot=s=192x108:r=50:end_scale=0.05:maxiter=200,tinterlace=interleave_top,setfield=prog"
    check = measure(make(tmp_path / "woven.mp4", graph, 2.0), "field_order")["field_order"]
    assert check.verdict == "warn"
    assert "combing" in check.message
