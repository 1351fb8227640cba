"""What a render takes, read and checked: the master, its textless twin, text, brand, shorts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.editing.follow import first_words
from mediakit.errors import InputError, UsageError
from mediakit.render.fields import handles_for
from mediakit.render.geometry import Display
from mediakit.render.mix import Cleanup
from mediakit.render.pieces import SourceGrid
from mediakit.render.sound_source import SoundSource
from mediakit.steps.inputs import Artifact, FileRef, Inputs
from mediakit.steps.look import PICTURE
from mediakit.steps.programme import find_edit
from mediakit.steps.render_framing import Framings
from mediakit.steps.render_graphics import GraphicsMaker
from mediakit.steps.render_text import CueMaker

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.media.captionlook import CaptionStyleName
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex
    from mediakit.media.picture import PictureRecord
    from mediakit.media.shorts import Short
    from mediakit.media.timeline import Timeline
    from mediakit.render.spec import PictureSpec
    from mediakit.steps.render_settings import RenderSettings

MASTER = "master"
CLEAN = "clean"
SHORTS = "shorts"
TRANSCRIPT = "transcript.json"


@dataclass(frozen=True)
class Footage:
    """A source's picture: the master, or its textless twin; ``rate`` is frames a second, None where they vary."""

    name: str
    path: Path
    container: str
    display: Display
    index: PacketIndex
    start_s: Fraction
    rate: Fraction | None = None
    _grids: dict[tuple[Fraction, int], SourceGrid] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, path: Path, info: MediaInfo, index: PacketIndex) -> Footage:
        """Return the main picture of a probed file.

        Raises:
            InputError: there is none.
        """
        stream = info.picture
        if stream is None:
            raise InputError("has no picture", where=path)
        start = Fraction(info.start).limit_denominator(1_000_000)
        rate = None if stream.variable_rate else stream.fps
        return cls(name, path, info.container, Display.of(stream), index, start, rate)

    def grid(self, fps: Fraction, spec: PictureSpec | None = None) -> SourceGrid:
        """Return the picture on a frame grid, with the neighbours that making ``spec`` looks at."""
        shown = self.display
        handles = shown.handles if spec is None else handles_for(shown, self.rate, spec)
        key = (fps, handles)
        if key not in self._grids:
            self._grids[key] = SourceGrid(
                self.index, fps, start_s=self.start_s, handles=handles, interlaced=shown.interlaced
            )
        return self._grids[key]


@dataclass(frozen=True)
class SourceFile:
    """A media file that a programme takes from; ``footage`` is its picture, if it has one."""

    name: str
    path: Path
    info: MediaInfo
    digest: str
    footage: Footage | None


@dataclass(frozen=True)
class Material:
    """All that a render takes, read.

    Attributes:
        sources: the media files by name; a master is called ``master``, its textless twin ``clean``.
        twins: name of a source to the name of its textless twin.
        timeline: the edit, where one is rendered.
        digest: of what is rendered: the master, or the edit.
        cues: makes the cues.
        graphics: draws the brand's graphics.
        shorts: what to render instead of the whole, or None.
        profiles: all profiles.
        cleanup: what is taken out of the sound, or None.
        credits: the spoken credits and their length in seconds, or None.
        framings: the windows over the sources' pictures.
        records: what is seen in sources, by their names, where it is known.
        caption_style: of burned subtitles, where one was asked for.
        cover_time: of the whole programme's cover in seconds, where one was asked for.
    """

    sources: Mapping[str, SourceFile]
    twins: Mapping[str, str]
    timeline: Timeline | None
    digest: str
    cues: CueMaker
    graphics: GraphicsMaker
    shorts: tuple[Short, ...] | None
    profiles: Profiles
    cleanup: Cleanup | None = None
    credits: tuple[SoundSource, Fraction] | None = None
    framings: Framings = field(default_factory=Framings)
    records: Mapping[str, PictureRecord] = field(default_factory=dict)
    cover_time: float | None = None
    caption_style: CaptionStyleName | None = None

    @property
    def main(self) -> SourceFile:
        """The master, or the first source of an edit."""
        return next(iter(self.sources.values()))

    @property
    def title_terms(self) -> tuple[str, ...]:
        """Names and titles that no line of a headline parts."""
        brand = self.graphics.brand
        named: list[str] = []
        if brand is not None:
            named = [text for strap in brand.name_straps for text in (strap.name, *strap.title.split())]
            named += [*brand.title.split(), *brand.series.split()]
        return tuple(dict.fromkeys(term for term in (*self.cues.terms, *named) if 1 < len(term) <= 24))

    def grid(self, name: str, fps: Fraction) -> SourceGrid:
        """Return the picture of a source on a frame grid.

        Raises:
            InputError: it has none.
        """
        return self.footage(name).grid(fps)

    def footage(self, name: str) -> Footage:
        """Return the picture of a source; raises `InputError` where it has none."""
        source = self.sources[name]
        if source.footage is None:
            raise InputError("has no picture", where=source.path)
        return source.footage


def bound_path(inputs: Inputs, port: str, name: str) -> Path | None:
    """Return the file behind a port that takes a file, or an earlier output with the file ``name``."""
    value = inputs.values.get(port)
    if isinstance(value, FileRef):
        return value.path
    return value.path(name) if isinstance(value, Artifact) else None


def read_material(settings: RenderSettings, inputs: Inputs) -> Material:
    """Read all that a render takes.

    Raises:
        InputError: something is missing, damaged, or does not fit together.
    """
    from mediakit.channels.loading import load_profiles
    from mediakit.media.shorts import read_shorts

    sources: dict[str, SourceFile] = {}
    timeline, twins, digest = None, {}, ""
    if (edit := find_edit(inputs, "timeline", "asset")) is not None:
        from mediakit.media.timeline import Timeline

        timeline, digest = Timeline.read(edit.path("timeline.json")), edit.digest
        sources = {source.name: read_source(edit, source.name) for source in timeline.sources}
        twins = {source.name: source.clean for source in timeline.sources if source.clean is not None}
        if inputs.maybe_file("clean") is not None:
            raise UsageError("an edit names the textless twins of its sources itself", hint="leave `clean` out")
    else:
        asset = inputs.artifact("asset")
        master = _read_asset(MASTER, asset, asset.origin["media"], "")
        sources[MASTER], digest = master, master.digest
        clean = inputs.maybe_file("clean")
        if clean is not None and master.footage is not None:
            sources[CLEAN], twins = read_twin(clean, master.footage), {MASTER: CLEAN}
    shorts = None
    if settings.of == SHORTS:
        path = bound_path(inputs, "shorts", "shorts.yaml")
        assert path is not None
        length = sources[MASTER].info.duration if timeline is None else float(timeline.duration)
        shorts = read_shorts(path, duration=length).shorts
    brand = inputs.maybe_file("brand")
    cues = read_cue_maker(settings, inputs)
    graphics = GraphicsMaker.of(brand.path if brand else None, settings.ai_label, cues.spoken_language)
    if timeline is not None:
        graphics = graphics.for_edit()
    if graphics.waits_for_words:
        graphics = graphics.with_first_words({} if cues.transcript is None else first_words(cues.transcript))
    credits = inputs.maybe_file("spoken_credits")
    return Material(
        sources,
        twins,
        timeline,
        digest,
        cues,
        graphics,
        shorts,
        load_profiles(settings.channel_definitions),
        cleanup=Cleanup(settings.sound.highpass, settings.sound.noise) or None,
        credits=None if credits is None else read_credits(credits),
        framings=Framings.read(inputs),
        records=read_records(inputs, sources),
        cover_time=settings.cover,
        caption_style=settings.captions.style,
    )


def read_records(inputs: Inputs, sources: Mapping[str, SourceFile]) -> dict[str, PictureRecord]:
    """Return what an earlier step saw in the sources; a record goes to the source that it was made of."""
    from mediakit.media.picture import PictureRecord

    seen = inputs.maybe_artifact("picture")
    if seen is None:
        return {}
    record = PictureRecord.read(seen.path(PICTURE))
    return {name: record for name, source in sources.items() if source.digest == record.source_digest}


def read_credits(recording: FileRef) -> tuple[SoundSource, Fraction]:
    """Return a recording of spoken credits, and its length in seconds.

    Raises:
        InputError: it has no sound.
    """
    info, _ = _probe(recording.path, recording.digest)
    if info.sound is None:
        raise InputError("has no sound, so it holds no spoken credits", where=recording.path)
    source = SoundSource.of(recording.path, info, zero=Fraction(info.sound.start))
    assert source is not None
    return source, Fraction(info.sound.duration).limit_denominator(1_000_000)


def read_source(edit: Artifact, name: str) -> SourceFile:
    """Return a source of an edit, as it was probed for it."""
    port = next(port for port in (f"sources.{name}", f"clean.{name.removesuffix(' clean')}") if port in edit.origin)
    return _read_asset(name, edit, edit.origin[port], f"sources/{name}/")


def _read_asset(name: str, artifact: Artifact, media: FileRef, folder: str) -> SourceFile:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex

    info = MediaInfo.read(artifact.path(f"{folder}media.json"))
    footage = None
    if info.picture is not None and f"{folder}packets.npz" in artifact.files:
        footage = Footage.of(name, media.path, info, PacketIndex.load(artifact.path(f"{folder}packets.npz")))
    return SourceFile(name, media.path, info, media.digest, footage)


def read_twin(clean: FileRef, master: Footage) -> SourceFile:
    """Return the textless twin.

    Raises:
        InputError: it does not have the master's frames.
    """
    info, index = _probe(clean.path, clean.digest)
    if index is None or info.picture is None:
        raise InputError("has no picture, so it is no textless twin", where=clean.path)
    if index.frames != master.index.frames:
        raise InputError(
            f"has {index.frames} frames and the master {master.index.frames}: it is no frame-for-frame twin",
            where=clean.path,
            hint="export the clean version over the same range",
        )
    return SourceFile(CLEAN, clean.path, info, clean.digest, Footage.of(CLEAN, clean.path, info, index))


@lru_cache(maxsize=8)
def _probe(path: Path, digest: str) -> Any:
    from mediakit.tools.probe import probe_with_index

    return probe_with_index(path, digest)


def read_cue_maker(settings: RenderSettings, inputs: Inputs) -> CueMaker:
    """Return what makes the cues: a given file, cues that a person changed, made cues, a transcript."""
    from mediakit.channels.loading import load_profiles
    from mediakit.media.cues import CueSheet
    from mediakit.media.transcript import Transcript
    from mediakit.subtitles.formats import read_cues

    sheet = None
    sheets: dict[str, CueSheet] = {}
    terms: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    given = inputs.maybe_file("subtitles")
    made = inputs.maybe_artifact("cues")
    if given is not None:
        sheet = read_cues(given.path, settings.language or "")
    elif made is not None:
        cues = CueSheet.read(made.path("cues.json"))
        changed = [name for name in made.edited if name != "cues.json"]
        if changed:
            sheet = read_cues(made.path(changed[0]), cues.language)
        else:
            sheets[cues.profile] = cues
        terms, cuts = cues.terms, cues.shot_changes
    words = bound_path(inputs, "transcript", TRANSCRIPT)
    edit = find_edit(inputs, "timeline", "asset")
    if words is None and edit is not None and TRANSCRIPT in edit.files:
        words = edit.path(TRANSCRIPT)
    transcript = None if words is None else Transcript.read(words)
    profiles = load_profiles(settings.channel_definitions)
    return CueMaker(profiles, settings.language, sheet, sheets, transcript, terms, cuts)
