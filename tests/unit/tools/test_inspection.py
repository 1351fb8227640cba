from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.errors import ToolError
from mediakit.tools import inspection
from mediakit.tools.inspection import Check, inspect_tools


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_every_missing_thing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def lost() -> str:
        raise ToolError("no ffmpeg was found", hint="pip install imageio-ffmpeg")

    monkeypatch.setattr(inspection, "find_ffmpeg", lost)
    monkeypatch.setattr(inspection, "find_spec", lambda name: None)
    monkeypatch.setattr(inspection, "_PACKAGES", ("no-such-package-at-all",))
    checks = by_name(inspect_tools({"cache": tmp_path / "not" / "yet"}))
    for name in ("ffmpeg", "no-such-package-at-all", "openai-whisper"):
        assert not checks[name].ok
        assert checks[name].remedy
    assert checks["ffmpeg"].essential
    assert not checks["openai-whisper"].essential
    assert "GB free" in checks["disk for cache"].found


def test_what_ffmpeg_lacks_is_named(monkeypatch: pytest.MonkeyPatch):
    everything = {name for names in inspection.NEEDED.values() for name in names}
    monkeypatch.setattr(inspection, "find_ffmpeg", lambda: "/opt/ffmpeg")
    monkeypatch.setattr(inspection, "ask_ffmpeg", lambda *words: "ffmpeg version 9 Copyright")
    monkeypatch.setattr(inspection, "list_capabilities", lambda kind: frozenset(everything - {"ass", "zscale"}))
    checks = by_name(inspect_tools({}))
    assert checks["ffmpeg filters"].found == "lacks ass, zscale"
    assert not checks["ffmpeg filters"].ok
    assert checks["ffmpeg encoders"].ok
    assert not checks["ffmpeg further encoders"].essential
