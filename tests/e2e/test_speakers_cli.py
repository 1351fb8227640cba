"""Speakers as a user meets them: in the transcript, in subtitles of two looks, on a strap at the first words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Command
from media_factory import make_clip
from voice_factory import RATE, read_turns, write_wav

from mediakit.media.transcript import Transcript
from mediakit.tools import voice_models
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.voice_models import has_voice_models

needs_models = pytest.mark.skipif(not has_voice_models(), reason="the voice models are not installed")
BRAND = """\
schema: mediakit/brand/1
name_straps:
  - {name: Clara Whitfield, title: Track inspector, start: first_words}
subtitles:
  speakers:
    - {speaker: 旁白, colour: "#ffe08a"}
    - {speaker: Clara Whitfield, colour: "#9be7ff"}
"""
CHANNEL = """\
channels:
  one:
    title: One
    frame: {width: 320, height: 180, fps: 25}
    video: {codec: h264, preset: ultrafast, crf: 12, gop_seconds: 1}
    audio: {codec: aac, bitrate: 64k, channels: 2, loudness: r128}
    subtitles: {profile: netflix_zh, mode: burn}
    source: made for a test
    grade: proposal
    checked_on: 2026-11-22
"""


def stamp(seconds: float) -> str:
    return f"00:00:{seconds:06.3f}".replace(".", ",")


@pytest.fixture
def talk(place: Path) -> list[tuple[str, float, float]]:
    """``talk.mp4``, two voices over a plain picture; ``words.srt``, what they say; ``speakers.yaml``, their names."""
    sound, turns = read_turns()
    write_wav(place / "talk.wav", sound)
    arguments = ["-f", "lavfi", "-i", "color=c=0x406080:s=320x180:r=25", "-i", "talk.wav", "-shortest"]
    run_ffmpeg([*arguments, "-c:a", "aac", "-c:v", "libx264", "talk.mp4"], task="make a talk", cwd=place)
    said = [(language, *sentence) for language, _, _, sentences in turns for sentence in sentences]
    cues = [f"{n}\n{stamp(a)} --> {stamp(b)}\n{text}\n" for n, (_, text, a, b) in enumerate(said, 1)]
    (place / "words.srt").write_text("\n".join(cues), encoding="utf-8")
    (place / "speakers.yaml").write_text(
        "schema: mediakit/speakers/1\nentries:\n  - {name: 旁白, first_words: 凌晨两点}\n"
        f"  - {{name: Clara Whitfield, at: {turns[1][1] + 0.5:.1f}-{turns[1][2] - 0.5:.1f}}}\n",
        encoding="utf-8",
    )
    return [(language, a, b) for language, _, a, b in said]


def test_without_the_extra_it_is_said_how_to_get_it(
    mediakit: Command, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_models, "_places", lambda file: iter(()))
    make_clip(place / "a.mp4", duration=1.0)
    (place / "a.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nHello.\n", encoding="utf-8")
    _, err = mediakit("transcribe", "a.mp4", "-o", "a.json", "--import", "a.srt", "--speakers", "auto", code=3)
    assert "telling speakers apart needs voice models that are not installed" in err
    assert "pip install 'mediakit[speakers]'" in err
    assert not (place / "a.json").exists()
    out, _ = mediakit("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert (checks["voice models"]["ok"], checks["voice models"]["essential"]) == (False, False)
    assert "mediakit[speakers]" in checks["voice models"]["remedy"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--speakers", "two"), "speakers"),
        (("--speakers", "0"), "speakers"),
        (("--speaker-names", "names.yaml"), "line 3"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    mediakit: Command, place: Path, words: tuple[str, str], message: str
) -> None:
    make_clip(place / "a.mp4", duration=1.0)
    (place / "names.yaml").write_text("schema: mediakit/speakers/1\nentries:\n  - {name: A}\n", encoding="utf-8")
    _, err = mediakit("transcribe", "a.mp4", "-o", "a.json", *words, code=2)
    assert message in err.replace("names.yaml:3", "line 3")
    assert not (place / "a.json").exists()


@needs_models
def test_names_looks_and_a_strap_follow_the_voices(
    mediakit: Command, place: Path, talk: list[tuple[str, float, float]]
) -> None:
    names = {"zh": "旁白", "en": "Clara Whitfield"}
    out, _ = mediakit(
        *("transcribe", "talk.mp4", "-o", "talk.json", "--import", "words.srt"),
        *("--speakers", "auto", "--speaker-names", "speakers.yaml"),
    )
    assert "旁白: " in out
    transcript = Transcript.read(place / "talk.json")
    for language, start, end in talk:
        middle = (start + end) / 2
        assert [s.speaker for s in transcript.segments if s.start <= middle <= s.end] == [names[language]]
    assert transcript.warnings == ()

    (place / "brand.yaml").write_text(BRAND, encoding="utf-8")
    mediakit("subtitle", "talk.json", "-o", "talk.ass", "--brand", "brand.yaml", "--profile", "netflix_zh")
    events = [line.split(",") for line in (place / "talk.ass").read_text(encoding="utf-8").splitlines()]
    styled = {(event[3], event[4]) for event in events if event[0].startswith("Dialogue")}
    assert styled == {("Speaker 1", "旁白"), ("Speaker 2", "Clara Whitfield")}

    (place / "channel.yaml").write_text(CHANNEL, encoding="utf-8")
    mediakit(
        *("render", "talk.mp4", "-o", "made", "--channels", "channel.yaml", "-c", "one"),
        *("--transcript", "talk.json", "--brand", "brand.yaml"),
    )
    (film,) = (place / "made").rglob("*.mp4")
    run_ffmpeg(["-i", str(film), "-pix_fmt", "rgb24", "-f", "rawvideo", "film.rgb"], task="read a film", cwd=place)
    frames = np.fromfile(place / "film.rgb", np.uint8).reshape(-1, 180, 320, 3).astype(int)
    strap = [
        n
        for n, frame in enumerate(frames)
        if (np.abs(frame[60:130, :140] - (64, 96, 128)).max(axis=2) > 24).sum() > 200
    ]
    first_words = next(start for language, start, _ in talk if language == "en")
    assert strap[0] / 25 == pytest.approx(first_words, abs=0.3)
    for language, start, _ in talk[:3]:
        letters = frames[round((start + 0.8) * 25)][130:].reshape(-1, 3)
        letters = letters[letters.sum(axis=1) > 450]
        warmth = (letters[:, 0] - letters[:, 2]).mean()
        assert len(letters) > 40
        assert warmth > 30 if language == "zh" else warmth < -30


@needs_models
def test_a_second_number_of_people_listens_to_nothing_again(
    mediakit: Command, place: Path, talk: list[tuple[str, float, float]]
) -> None:
    common = ("transcribe", "talk.mp4", "--import", "words.srt", "--json")
    mediakit(*common, "-o", "a.json", "--speakers", "auto")
    out, _ = mediakit(*common, "-o", "b.json", "--speakers", "1")
    assert {s.speaker for s in Transcript.read(place / "b.json").segments} == {"S1"}
    lines = [json.loads(line) for line in out.splitlines()]
    assert not [line for line in lines if line.get("event") == "progress" and "voices" in str(line)]
    mediakit(*common, "-o", "c.json", "--speakers", "auto")
    assert (place / "a.json").read_bytes() == (place / "c.json").read_bytes()


@needs_models
@pytest.mark.slow
def test_people_on_a_channel_each_keep_their_own_words(mediakit: Command, place: Path) -> None:
    sound, turns = read_turns()
    sides = [np.zeros_like(sound), np.zeros_like(sound)]
    for number, (language, start, end, _) in enumerate(turns[:2]):
        low, high = round(start * RATE), round(end * RATE)
        sides[number][RATE : RATE + high - low] = sound[low:high]  # both at once
        assert language == ("zh", "en")[number]
    write_wav(place / "two.wav", *(side[: 10 * RATE] for side in sides))
    _, err = mediakit("transcribe", "two.wav", "-o", "two.json", "--speakers", "2")
    assert "speak at once" in err
    segments = Transcript.read(place / "two.json").segments
    said = {speaker: "".join(s.text for s in segments if s.speaker == speaker) for speaker in ("S1", "S2")}
    chinese, english = sorted(said.values(), key=str.isascii)
    assert "云岭" in chinese or "凌晨" in chinese or "铁路" in chinese
    assert {"morning", "rain", "stopped"} <= set(english.lower().replace(",", "").split())
