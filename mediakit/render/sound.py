"""A programme's sound, made whole: mixed, brought to a loudness, limited, encoded, measured.

The gain comes from a measurement of the mix (ITU-R BS.1770). Where peaks reach the ceiling, a true-peak limiter holds
them, and the gain is corrected for what the limiter took before anything is encoded. What was encoded is measured:
lossy encoding raises true peaks. If the result misses the profile, it is corrected and encoded again.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import UsageError
from mediakit.media.rendition import LoudnessFigures
from mediakit.render.limiter import Limiter
from mediakit.render.mixing import MixedSound, write_mix
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.loudness import Loudness, measure_loudness
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    from mediakit.channels.models import Audio, LoudnessProfile
    from mediakit.render.mix import Mix

REVISION = 3
"""Part of every sound's key; goes up when the same inputs would give another sound."""

MAX_GAIN_DB = 30.0
CLOSE_LU = 0.5
ATTEMPTS = 4
"""Encodings at most; one does where the encoder keeps peaks within the headroom."""

MIX_HZ = 48_000
SUFFIXES = {"aac": ".m4a", "mp3": ".mp3", "pcm_s16le": ".wav", "pcm_s24le": ".wav"}
_ENCODERS = {"aac": "aac", "mp3": "libmp3lame", "pcm_s16le": "pcm_s16le", "pcm_s24le": "pcm_s24le"}
_DEFAULT_RATES = {"aac": 192_000, "mp3": 192_000}
_HEADROOM_DB = {"aac": 0.7, "mp3": 0.7, "pcm_s16le": 0.15, "pcm_s24le": 0.15}
_LOWEST_CEILING_DB = -20.0
_HOLDS = 4
_EXACT_LU = 0.15
_READING_DB = 0.05
"""The meter's figures are rounded to a tenth: a true peak may lie so much above what it reads."""


@dataclass(frozen=True)
class Sound:
    """A finished sound file.

    Attributes:
        path: the file; AAC lies in MP4 with an edit list, its priming packets have negative times.
        figures: as measured on the encoded file.
        samples: length at ``sample_rate``, priming left out.
        sample_rate: in Hz.
        notes: what a person should know, in plain words.
    """

    path: Path
    figures: LoudnessFigures
    samples: int
    sample_rate: int
    notes: tuple[str, ...] = ()


def make_sound(
    mix: Mix,
    *,
    audio: Audio,
    profile: LoudnessProfile,
    out: Path,
    scratch: Path,
    container: str | None = None,
    tags: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Sound:
    """Make a programme's whole sound under a loudness profile.

    Args:
        mix: what sounds; its duration is that of the result.
        audio: codec, bit rate, channels, sample rate.
        profile: the loudness to reach.
        out: the file to write.
        scratch: an empty folder for temporary files.
        container: ``m4a``, ``mp3``, ``wav`` or ``bwf``; by the codec if left out.
        tags: container metadata, such as ``render.metadata.container_tags`` gives.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        UsageError: the codec does not go into the container, or more than two channels are asked for.
        InputError: a source cannot be read.
        ToolError: ffmpeg failed.
    """
    kind = container or SUFFIXES[audio.codec].lstrip(".")
    _check_container(audio.codec, kind)
    if audio.channels > 2:
        raise UsageError(f"{audio.channels} channels of sound are not made by this version", hint="ask for 1 or 2")
    report = on_progress or (lambda fraction: None)
    mixed = write_mix(
        mix,
        channels=audio.channels,
        rate=MIX_HZ,
        out=scratch / "mix.wav",
        on_progress=lambda fraction: report(fraction * 0.3),
        is_cancelled=is_cancelled,
    )
    master = _Master(mixed, scratch, is_cancelled)
    take = master.hold(_first_take(master.loudness, profile, audio))
    sound, best = None, None
    for attempt in range(ATTEMPTS):
        target = scratch / f"take{attempt}{SUFFIXES[audio.codec]}"
        master.encode(target, take, mix.duration, audio, kind, tags or {})
        measured = measure_loudness(target, is_cancelled=is_cancelled)
        report(0.4 + 0.6 * (attempt + 1) / ATTEMPTS)
        miss = _miss(measured, profile, take)
        if best is None or miss < best:
            best, sound = miss, _finish(target, out, take, measured, mix.duration, audio.sample_rate, profile)
        if miss <= 0:
            break
        take = master.hold(_correct(take, measured, profile))
    assert sound is not None
    report(1.0)
    return sound


@dataclass(frozen=True)
class _Take:
    """One try: gain and limiter ceiling in dB, and the loudness to reach before encoding.

    ``steady`` when the gain is not to be corrected any more.
    """

    gain_db: float
    ceiling_db: float
    aim_lufs: float = 0.0
    steady: bool = False
    notes: tuple[str, ...] = ()


def _check_container(codec: str, container: str) -> None:
    allowed = {"aac": ("m4a", "mp4"), "mp3": ("mp3",)}.get(codec, ("wav", "bwf"))
    if container not in allowed:
        raise UsageError(f"{codec} sound does not go into {container}", hint=f"use {' or '.join(allowed)}")


def _first_take(found: Loudness, profile: LoudnessProfile, audio: Audio) -> _Take:
    ceiling = profile.true_peak_dbtp - _HEADROOM_DB[audio.codec]
    if found.integrated_lufs is None:
        quiet = found.true_peak_dbtp is None or found.true_peak_dbtp < -60
        words = "the sound is silent" if quiet else "the sound is too short or too quiet to measure its loudness"
        return _Take(0.0, ceiling, steady=True, notes=(f"{words}; its level was left as it is",))
    gain = profile.integrated_lufs - found.integrated_lufs
    if gain > MAX_GAIN_DB:
        note = (
            f"the sound is very quiet ({found.integrated_lufs:.1f} LUFS): it was raised by {MAX_GAIN_DB:.0f} dB, "
            f"not by the {gain:.0f} dB that {profile.integrated_lufs:g} LUFS would take"
        )
        return _Take(MAX_GAIN_DB, ceiling, steady=True, notes=(note,))
    return _Take(gain, ceiling, profile.integrated_lufs)


def _miss(measured: Loudness, profile: LoudnessProfile, take: _Take) -> float:
    """Return how far a try is from the profile; 0 or less is good. A true peak that is too high weighs most."""
    over = _excess(measured, profile)
    if take.steady or measured.integrated_lufs is None:
        return over * 100
    away = abs(measured.integrated_lufs - profile.integrated_lufs) - min(profile.tolerance_lu, CLOSE_LU)
    return over * 100 + max(away, 0.0)


def _excess(measured: Loudness, profile: LoudnessProfile) -> float:
    """Return by how many dB a true peak may lie above the limit; 0 where it cannot."""
    peak = measured.true_peak_dbtp
    return 0.0 if peak is None else max(round(peak + _READING_DB - profile.true_peak_dbtp, 3), 0.0)


def _correct(take: _Take, measured: Loudness, profile: LoudnessProfile) -> _Take:
    gain, ceiling, aim = take.gain_db, take.ceiling_db, take.aim_lufs
    over = _excess(measured, profile)
    if over > 0:
        ceiling = max(ceiling - over - 0.1, _LOWEST_CEILING_DB)
    if measured.integrated_lufs is not None and not take.steady:
        lost = profile.integrated_lufs - measured.integrated_lufs
        gain, aim = min(gain + lost, MAX_GAIN_DB), aim + lost
    return replace(take, gain_db=gain, ceiling_db=ceiling, aim_lufs=aim)


class _Master:
    """A mix and what is made of it before it is encoded.

    ``loudness`` is the mix's own; its peak is not measured here.
    """

    def __init__(self, mixed: MixedSound, scratch: Path, is_cancelled: Callable[[], bool]) -> None:
        self._mixed, self._is_cancelled = mixed, is_cancelled
        self._limiter = Limiter(mixed)
        self._held = scratch / "held.wav"
        self._is_held = False
        measured = measure_loudness(mixed.path, peak="none", is_cancelled=is_cancelled)
        peak = float(mixed.peaks.max(initial=0.0))
        self.loudness = replace(measured, true_peak_dbtp=20 * math.log10(peak) if peak > 0 else None)

    def hold(self, take: _Take) -> _Take:
        """Limit the mix for a take; return the take with its gain corrected for what the limiter took."""
        for _ in range(_HOLDS):
            reduction = self._limiter.reduction(take.gain_db, take.ceiling_db)
            self._is_held = reduction is not None
            if reduction is None:
                return take
            self._limiter.apply(reduction, take.gain_db, self._held, self._is_cancelled)
            if take.steady:
                return take
            held = measure_loudness(self._held, peak="none", is_cancelled=self._is_cancelled).integrated_lufs
            lost = 0.0 if held is None else take.aim_lufs - held
            if abs(lost) <= _EXACT_LU or take.gain_db + lost > MAX_GAIN_DB:
                return take
            take = replace(take, gain_db=take.gain_db + lost)
        return take

    def encode(
        self, target: Path, take: _Take, duration: Fraction, audio: Audio, container: str, tags: Mapping[str, str]
    ) -> None:
        """Encode what was held."""
        samples = round(duration * audio.sample_rate)
        chain = "" if self._is_held else f"volume={take.gain_db:.4f}dB:precision=double,"
        chain += f"aresample={audio.sample_rate}:resampler=swr,apad=whole_len={samples},atrim=end_sample={samples}"
        run_ffmpeg(
            [
                *ffmpeg_input(self._held if self._is_held else self._mixed.path),
                *("-map", "0:a:0", "-map_metadata", "-1", "-af", chain),
                *codec_options(audio),
                *(part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")),
                *container_options(container),
                f"file:{target}",
            ],
            task="encode the sound",
            duration=float(duration),
            is_cancelled=self._is_cancelled,
        )


def codec_options(audio: Audio) -> list[str]:
    """Return ffmpeg's options for a channel's sound codec; equal input gives equal bytes."""
    made = ["-c:a", _ENCODERS[audio.codec], "-ar", str(audio.sample_rate), "-threads", "1", "-flags:a", "+bitexact"]
    if audio.codec in _DEFAULT_RATES:
        made += ["-b:a", str(bit_rate_of(audio))]
    return made


def bit_rate_of(audio: Audio) -> int:
    """Return the bits a second of a channel's encoded sound."""
    if audio.codec in _DEFAULT_RATES:
        return audio.bit_rate or _DEFAULT_RATES[audio.codec]
    return audio.channels * audio.sample_rate * (16 if audio.codec == "pcm_s16le" else 24)


def container_options(container: str) -> list[str]:
    """Return ffmpeg's options for a sound file's container: no dates, no version of the writing program."""
    exact = ["-fflags", "+bitexact"]
    if container in ("m4a", "mp4"):
        return [*exact, "-movflags", "+faststart+use_metadata_tags", "-f", "mp4"]
    if container == "mp3":
        return [*exact, "-id3v2_version", "3", "-write_xing", "1", "-f", "mp3"]
    if container == "bwf":
        return [*exact, "-write_bext", "1", "-rf64", "auto", "-f", "wav"]
    return [*exact, "-rf64", "auto", "-f", "wav"]


def _finish(
    made: Path,
    out: Path,
    take: _Take,
    measured: Loudness,
    duration: Fraction,
    sample_rate: int,
    profile: LoudnessProfile,
) -> Sound:
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    shutil.move(made, partial)
    partial.replace(out)
    figures = LoudnessFigures(
        integrated_lufs=measured.integrated_lufs,
        true_peak_dbtp=measured.true_peak_dbtp,
        range_lu=measured.range_lu,
        gain_db=round(take.gain_db, 2),
    )
    notes = list(take.notes)
    loud = measured.integrated_lufs
    if not take.steady and loud is not None and abs(loud - profile.integrated_lufs) > profile.tolerance_lu:
        notes.append(
            f"{loud:.1f} LUFS is as close to {profile.integrated_lufs:g} as the true peak limit of "
            f"{profile.true_peak_dbtp:g} dBTP lets it come"
        )
    return Sound(out, figures, round(duration * sample_rate), sample_rate, tuple(notes))
