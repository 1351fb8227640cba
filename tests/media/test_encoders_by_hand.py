"""Another encoder by hand: its pieces joined, or the picture encoded in one go, frame for frame; refusals."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from media_factory import make_clip, read_counters
from render_bench import Bench, read_rendition, tiny_channel

from mediakit.cli.app import run_command
from mediakit.errors import ToolError
from mediakit.render import encoder_trial
from mediakit.render.encoder_trial import settle_spec
from mediakit.render.spec import Knobs, spec_of_channel
from mediakit.tools.encoders import list_working, try_encoder
from mediakit.tools.ffmpeg import list_capabilities


def make_channel(**video: Any) -> dict[str, Any]:
    base = tiny_channel()
    return tiny_channel(video={**base["video"], **video})


def render(bench: Bench, path: Path, video: dict[str, Any], **settings: Any) -> tuple[Path, Any]:
    values = {"preset": None, **settings}
    out = bench.render(
        bench.ingest(path), channels=["one"], channel_definitions={"one": make_channel(**video)}, **values
    )
    return read_rendition(out, "one", path.stem)


@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libopenh264"])
def test_pieces_of_other_encoders_keep_every_frame(tmp_path: Path, encoder: str) -> None:
    assert try_encoder(encoder) is None
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, codec="h264b", gop=25)
    bench = Bench(tmp_path / "work")
    codec = "hevc" if encoder == "libx265" else "h264"
    main, record = render(bench, clip.path, {"codec": codec}, encoder=encoder)
    assert len(bench.encoded) > 2  # the sound and several pieces
    assert tuple(read_counters(main)) == clip.counters
    assert not any("one go" in note for note in record.notes)
    with av.open(str(main)) as container:
        assert container.streams.video[0].codec_context.name == codec
        keys = [p.pts * p.time_base for p in container.demux(video=0) if p.size and p.is_keyframe]
    assert max(b - a for a, b in pairwise(keys)) <= 1


def test_quality_by_hand_is_seen_in_the_size(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0)
    sizes = []
    for crf in (18, 30, 42):
        bench = Bench(tmp_path / f"work{crf}")
        main, _ = render(bench, clip.path, {"encoder": "libopenh264"}, crf=crf)
        sizes.append(sum(p.size for p in av.open(str(main)).demux(video=0)))
    assert sizes[0] > 1.5 * sizes[1] > 2 * sizes[2]


def test_an_encoder_whose_pieces_do_not_join_makes_the_picture_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_trial, "_joins", lambda spec: False)
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, codec="h264b", gop=25)
    bench = Bench(tmp_path / "work")
    main, record = render(bench, clip.path, {"encoder": "libopenh264"})
    assert len(bench.encoded) == 2
    assert tuple(read_counters(main)) == clip.counters
    assert main.suffix == ".mp4"
    assert any("in one go: pieces of libopenh264" in note for note in record.notes)


def test_unequal_pieces_are_found_out_by_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that writes other parameter sets for every picture cannot have its pieces joined."""
    from mediakit.channels.models import Channel

    spec = spec_of_channel(Channel.model_validate(make_channel()), Knobs(encoder="libopenh264"))
    assert not settle_spec(spec).whole
    plain = encoder_trial.encoder_options
    turns = iter((1, 2, 1, 2))

    def uneven(made_for: Any) -> dict[str, Any]:
        made = plain(made_for)
        return {**made, "profile:v": "main" if next(turns) == 1 else "high"}

    encoder_trial._joins.cache_clear()
    monkeypatch.setattr(encoder_trial, "encoder_options", uneven)
    assert settle_spec(spec).whole
    encoder_trial._joins.cache_clear()
    monkeypatch.setattr(encoder_trial, "encoder_options", lambda made_for: {**plain(made_for), "coder": "nonsense"})
    with pytest.raises(ToolError, match="exit code") as raised:
        settle_spec(spec)
    assert raised.value.where == "try libopenh264"
    encoder_trial._joins.cache_clear()


def test_refusals_come_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=1.0)
    own = tmp_path / "channels.yaml"
    own.write_text(json.dumps({"one": make_channel(encoder="libx265")}))
    out = ("-o", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"))
    cases: list[tuple[int, tuple[str, ...], tuple[str, ...]]] = [
        (2, ("--encoder", "h264_nvec"), ("no encoder is called", "h264_nvenc")),
        (2, ("--encoder", "libx265"), ("libx265 makes hevc, which no channel takes", "h264")),
        (2, ("--encoder", "libx264", "--preset", "p5"), ("'p5' is not a preset of libx264",)),
        (2, ("--encoder", "libopenh264", "--preset", "fast"), ("has no presets",)),
        (2, ("--crf", "52"), ("--crf", "51")),
        (2, ("--start-timecode", "10:00:00:00"), ("no channel takes one", "tv_hd")),
    ]
    missing = [name for name in ("h264_nvenc", "h264_vaapi") if name not in list_working("h264")]
    built = list_capabilities("encoders")
    for name in missing:
        words = "does not run here" if name in built else "has no encoder"
        cases.append((4, ("--encoder", name), (name, words, "libx264")))
    for expected, options, words in cases:
        code = run_command(["render", str(clip.path), "-c", "tv_web", *options, *out])
        captured = capsys.readouterr()
        assert code == expected, captured.err
        for word in words:
            assert word in captured.err + captured.out, (options, captured.err)
        assert "Traceback" not in captured.err
    code = run_command(["render", str(clip.path), "-c", "one", "--channels", str(own), *out])
    captured = capsys.readouterr()
    assert code == 2
    assert "libx265 makes hevc, and the channel takes h264" in captured.err
    assert not (tmp_path / "out").exists() or not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_doctor_names_the_hardware_encoders_that_work(capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]}
    working = list_working(hardware=True)
    found = checks["hardware encoders"]
    assert found["ok"] == bool(working)
    assert not found["essential"]
    assert all(name in found["found"] for name in working)
