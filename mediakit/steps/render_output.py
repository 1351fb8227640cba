"""Putting a rendition together: pieces joined, sound laid under, sidecars, covers, and ``rendition.json``."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.digests import digest_file, digest_value
from mediakit.media.rendition import Rendition, RenditionFile, RenditionPiece
from mediakit.render.encode import PIECE_FILE
from mediakit.render.join import join_pieces
from mediakit.steps.render_copy import read_copied
from mediakit.steps.render_cover import CoverMaker
from mediakit.steps.render_graphics import label_tags
from mediakit.steps.render_planned import Output, PictureRef
from mediakit.steps.render_sound import MadeSound, read_sound
from mediakit.steps.render_text import write_sidecars

if TYPE_CHECKING:
    from mediakit.steps.jobs import Context
    from mediakit.steps.render_material import Material
    from mediakit.steps.render_settings import RenderSettings

SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "mxf": ".mxf", "m4a": ".m4a", "mp3": ".mp3", "wav": ".wav", "bwf": ".wav"}
HLS_FOLDER = "hls"
Role = str


class Assembler:
    """Writes renditions into a step's output folder.

    Args:
        settings: of the step.
        material: what is rendered.
        stem: the published files' name without suffix.
        results: job id and result name to folder.
        context: of the step.
    """

    def __init__(
        self,
        settings: RenderSettings,
        material: Material,
        stem: str,
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        self.settings = settings
        self.material = material
        self.stem = stem
        self.results = results
        self.context = context
        language = material.cues.spoken_language
        font = material.graphics.font(language)
        self.covers = CoverMaker(material.graphics.brand, font, material.title_terms)

    def assemble(self, output: Output) -> None:
        """Write one rendition's folder."""
        stem = self.stem if output.short is None else f"{self.stem}-{output.short.id}"
        folder = self.context.out / output.channel_id / stem
        folder.mkdir(parents=True, exist_ok=True)
        sound = read_sound(self._folder(output.sound))
        if output.channel.container == "hls":
            main, files = self._stream(output, folder, sound)
        else:
            main = folder / f"{stem}{SUFFIXES[output.channel.container]}"
            if output.channel.container == "mxf":
                self._write_mxf(output, sound, main)
            elif output.pictures:
                self._join(output, output.pictures[0], sound, main)
            else:
                self._write_sound(output, sound, main)
            files = [_entry(folder, main, "programme"), *self._sidecars(output, folder, stem)]
        title = self._title(output)
        files += self._make_covers(output, folder, title)
        self._record(output, folder, stem, title, main, files, sound)

    def _title(self, output: Output) -> str:
        """Return the rendition's title; one that was proposed and does not fit the channel is told, not refused."""
        from mediakit.render.metadata import check_texts
        from mediakit.steps.render_settings import title_for

        given = title_for(self.settings, output.channel_id)
        if given or output.short is None:
            return given
        for problem in check_texts(output.channel, title=output.short.title):
            if problem.field == "title":
                self.context.warn(f"{output.channel_id}, {output.short.id}: {problem.message}")
        return output.short.title

    def _make_covers(self, output: Output, folder: Path, title: str) -> list[RenditionFile]:
        from mediakit.steps.inputs import Problem

        if output.cover is None:
            return []
        try:
            made = self.covers.make(output, self._folder(output.cover), folder, title)
            return [_entry(folder, path, "cover") for path in made]
        except InputError as exc:
            subject = output.channel_id if output.short is None else f"{output.channel_id}, {output.short.id}"
            self.context.note_problem(Problem(6, subject, f"no cover was made: {exc}", exc.hint))
            return []

    def _tags(self, container: str) -> dict[str, str]:
        graphics = self.material.graphics
        forbidden = self.settings.ai_label is False
        path, digest = self.material.main.path, self.material.digest
        return label_tags(graphics.label, graphics.brand, path, digest, container, forbidden=forbidden)

    def _write_sound(self, output: Output, sound: MadeSound, target: Path) -> None:
        from mediakit.render.metadata import write_tags

        tags = self._tags(output.channel.container)
        if tags:
            write_tags(sound.path, target, output.channel.container, tags)
        else:
            shutil.copyfile(sound.path, target)

    def _folder(self, ref: tuple[str, str]) -> Path:
        job_id, name = ref
        return self.results[job_id][name]

    def _join(self, output: Output, picture: PictureRef, sound: MadeSound | None, target: Path) -> None:
        join_pieces(
            [self._folder(part) / PIECE_FILE for part in picture.parts],
            target,
            output.fps,
            sound=None if sound is None else sound.path,
            metadata=self._tags("mp4"),
            container="mov" if output.channel.container == "mov" else "mp4",
            is_cancelled=self.context.is_cancelled,
        )

    def _write_mxf(self, output: Output, sound: MadeSound, target: Path) -> None:
        from mediakit.render.mxf import TrackPlan, mux_mxf
        from mediakit.render.whole import whole_file

        audio, picture = output.channel.audio, output.pictures[0]
        tracks = TrackPlan.of(audio.channels, audio.tracks, audio.fill)
        tags = self._tags("mxf")
        made_of = [picture.parts[0][1], output.sound[0], tracks.sources, picture.spec.timecode, tags]
        mux_mxf(
            self._folder(picture.parts[0]) / whole_file(picture.spec),
            sound.path,
            target,
            frames=output.frames,
            fps=output.fps,
            channels=audio.channels,
            tracks=tracks,
            rate=audio.sample_rate,
            bits=16 if audio.codec == "pcm_s16le" else 24,
            timecode=picture.spec.timecode,
            identity=digest_value(made_of),
            tags=tags,
            is_cancelled=self.context.is_cancelled,
        )

    def _stream(self, output: Output, folder: Path, sound: MadeSound) -> tuple[Path, list[RenditionFile]]:
        """Write an adaptive stream; return its master playlist and all files."""
        from mediakit.render.hls import RungFile, make_hls

        scratch = self.context.scratch / f"{output.channel_id}-{folder.name}"
        scratch.mkdir(parents=True)
        rungs = []
        for picture in output.pictures:
            assert picture.rung is not None
            joined = scratch / f"joined-{picture.rung}.mp4"
            self._join(output, picture, None, joined)
            rungs.append(RungFile(picture.rung, joined))
        assert output.channel.segment_seconds is not None
        subtitles = output.channel.subtitles
        shown = output.cues is not None and subtitles is not None and subtitles.mode in ("sidecar", "both")
        written = make_hls(
            rungs,
            sound.path,
            folder / HLS_FOLDER,
            segment_seconds=output.channel.segment_seconds,
            fps=output.fps,
            scratch=scratch,
            cues=output.cues.cues if shown and output.cues else (),
            language=(output.cues.language if output.cues else None) or self.settings.language or "und",
            tags=self._tags("hls"),
            is_cancelled=self.context.is_cancelled,
        )
        shutil.rmtree(scratch)
        return written[0].path, [_entry(folder, file.path, file.role, file.language) for file in written]

    def _sidecars(self, output: Output, folder: Path, stem: str) -> list[RenditionFile]:
        subtitles = output.channel.subtitles
        if subtitles is None or output.cues is None or subtitles.mode not in ("sidecar", "both"):
            return []
        language = output.cues.language or None
        written = write_sidecars(output.cues, folder, stem, subtitles.formats)
        return [_entry(folder, path, "subtitle", language) for path in written]

    def _record(
        self,
        output: Output,
        folder: Path,
        stem: str,
        title: str,
        main: Path,
        files: list[RenditionFile],
        sound: MadeSound,
    ) -> None:
        spec = output.pictures[0].spec if output.pictures else None
        short = output.short
        rendition = Rendition(
            channel=output.channel_id,
            title=title,
            stem=stem,
            short=None if short is None else short.id,
            language=(output.cues.language if output.cues else None) or self.settings.language,
            source_digest=self.material.digest,
            duration=float(output.duration),
            frames=output.frames if spec else None,
            width=spec.width if spec else None,
            height=spec.height if spec else None,
            fps=spec.fps if spec else None,
            main=main.relative_to(folder).as_posix(),
            files=tuple(files),
            start_timecode=spec.timecode if spec else None,
            loudness=sound.figures,
            text_boxes=output.text_boxes,
            planned_bars=spec is not None and spec.fit in ("pad", "stack"),
            pieces=self._place_pieces(output),
            sound_key=output.sound_key,
            ai_label=bool(self._tags("mp4")),
            notes=(*output.notes, *self._copy_notes(output), *sound.notes),
        )
        rendition.write(folder / "rendition.json")

    def _copy_notes(self, output: Output) -> list[str]:
        """Return how pictures came out that were to be copied."""
        return [read_copied(self._folder(picture.parts[0])).text for picture in output.pictures if picture.copied]

    def _place_pieces(self, output: Output) -> tuple[RenditionPiece, ...]:
        """Return the pieces of every picture, each with its first frame."""
        placed: list[RenditionPiece] = []
        for picture in output.pictures:
            if picture.copied:
                places = read_copied(self._folder(picture.parts[0])).places
                placed += [RenditionPiece(**asdict(place), rung=picture.rung) for place in places]
            first = 0
            for frames, key in picture.pieces:
                placed.append(RenditionPiece(first=first, frames=frames, key=key, rung=picture.rung))
                first += frames
        return tuple(placed)


def _entry(folder: Path, path: Path, role: Role, language: str | None = None) -> RenditionFile:
    return RenditionFile.model_validate(
        {
            "path": path.relative_to(folder).as_posix(),
            "role": role,
            "language": language,
            "digest": digest_file(path),
            "size": path.stat().st_size,
        }
    )
