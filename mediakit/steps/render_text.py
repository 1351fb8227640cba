"""Which cues each rendition shows: from a subtitle file, an edited output, or a transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.cues import CueSheet, cut_cues, cut_times
from mediakit.media.recut import cut_transcript
from mediakit.media.transcript import Transcript

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.channels.models import Channel

Spans = Sequence[tuple[float, float]]


@dataclass
class CueMaker:
    """Makes the cues of programmes and channels, each once.

    Attributes:
        profiles: all profiles.
        language: of the programme, where it was named.
        sheet: cues that were given as a file, or changed by a person: they are used for every channel.
        sheets: cues that an earlier step made under a profile, by profile id.
        transcript: words to make cues of.
        terms: names that no line break may split.
        cuts: shot changes of the source, seconds.
    """

    profiles: Profiles
    language: str | None = None
    sheet: CueSheet | None = None
    sheets: dict[str, CueSheet] = field(default_factory=dict)
    transcript: Transcript | None = None
    terms: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    _made: dict[tuple[object, ...], CueSheet] = field(default_factory=dict)

    @property
    def spoken_language(self) -> str | None:
        """The language that the text is in, as far as known."""
        if self.language:
            return self.language
        if self.sheet is not None and self.sheet.language:
            return self.sheet.language
        if self.transcript is not None:
            return self.transcript.language
        return next((sheet.language for sheet in self.sheets.values() if sheet.language), None)

    def make(self, channel: Channel, fps: Fraction | None, spans: Spans | None) -> CueSheet | None:
        """Return a channel's cues for the source's stretches ``spans`` (None: all of it), or None without text."""
        subtitles = channel.subtitles
        if subtitles is None or subtitles.mode == "none":
            return None
        profile_id = subtitles.profile_for(self.spoken_language)
        key = (profile_id, fps, None if spans is None else tuple(spans))
        if key not in self._made:
            sheet = self._build(profile_id, fps, spans)
            if sheet is None:
                return None
            self._made[key] = sheet
        return self._made[key]

    def _build(self, profile_id: str, fps: Fraction | None, spans: Spans | None) -> CueSheet | None:
        ready = self.sheet or self.sheets.get(profile_id)
        if ready is None and self.transcript is not None:
            from mediakit.subtitles.build import build_cues

            words = self.transcript if spans is None else cut_transcript(self.transcript, spans)
            profile = self.profiles.subtitles[profile_id]
            cuts = self.cuts if spans is None else cut_times(self.cuts, tuple(spans))
            return build_cues(words, profile, profile_id, fps=fps, cuts=cuts, terms=self.terms)
        if ready is None:
            ready = next(iter(self.sheets.values()), None)
        if ready is None or spans is None:
            return ready
        cuts = cut_times(ready.shot_changes, tuple(spans))
        return ready.model_copy(update={"cues": cut_cues(ready.cues, tuple(spans)), "shot_changes": cuts})


def write_sidecars(sheet: CueSheet, folder: Path, stem: str, formats: Sequence[str]) -> list[Path]:
    """Write the cues beside a programme as ``<stem>.<language>.<format>``; return the files."""
    from mediakit.subtitles.formats import write_cues

    language = sheet.language or "und"
    files = [folder / f"{stem}.{language}.{name}" for name in formats]
    for path, name in zip(files, formats, strict=True):
        write_cues(sheet, path, name)
    return files
