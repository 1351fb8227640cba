"""One episode's part of the overview: read from its outputs, with small copies of its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.delivery.index import PackageEntry, PackageIndex
    from mediakit.delivery.overview import OverviewCover, OverviewEpisode, OverviewFile, OverviewShort
    from mediakit.media.rendition import Rendition
    from mediakit.media.shorts import Short, ShortsList
    from mediakit.steps.endings import Ending
    from mediakit.steps.inputs import Artifact

PICTURES = "overview_files"
EPISODE_FILE = "episode.json"
_SHORTS, _RENDITION, _QC, _INDEX = "shorts.yaml", "rendition.json", "qc.json", "index.json"
_FRAMING = "framing.html"
_FAULTS = 3


@dataclass(frozen=True)
class Output:
    """An output as a job is told of it: where its files lie, and where they are published."""

    kind: str
    folder: Path
    overlay: Mapping[str, str]
    places: Mapping[str, str]
    names: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Return the path of a file (a person's version where there is one)."""
        return Path(self.overlay[name]) if name in self.overlay else self.folder / name

    def named(self, last: str) -> Iterator[str]:
        """Give the files of one name, in whichever folder."""
        return (name for name in self.names if PurePosixPath(name).name == last)


def describe_ending(ending: Ending) -> dict[str, Any]:
    """Return an ending as a job's payload (JSON values)."""
    return {
        "item": ending.item,
        "source": ending.source,
        "outputs": [_describe_output(artifact) for artifact in ending.outputs],
        "troubles": [asdict(trouble) for trouble in ending.troubles],
    }


def _describe_output(artifact: Artifact) -> dict[str, Any]:
    return {
        "kind": artifact.type,
        "folder": str(artifact.folder),
        "overlay": {name: str(path) for name, path in artifact.overlay.items()},
        "places": dict(artifact.places),
        "names": sorted(artifact.files),
    }


class EpisodeReader:
    """Reads an episode's outputs.

    Args:
        payload: as `describe_ending` gave it.
        profiles: the channels.
        out: where small pictures are written, below `PICTURES`.
    """

    def __init__(self, payload: Mapping[str, Any], profiles: Profiles, out: Path) -> None:
        self._payload = payload
        self._profiles = profiles
        self._out = out
        self._outputs = [
            Output(one["kind"], Path(one["folder"]), one["overlay"], one["places"], tuple(one["names"]))
            for one in payload["outputs"]
        ]

    def read(self) -> OverviewEpisode:
        """Return the episode."""
        from mediakit.delivery.overview import OverviewEpisode, OverviewTrouble, judge_state

        lists = self._read_lists()
        shorts = tuple(self._list_shorts(lists))
        troubles = tuple(OverviewTrouble(**trouble) for trouble in self._payload["troubles"])
        state = judge_state(shorts, troubles)
        return OverviewEpisode(
            item=self._payload["item"] or Path(self._payload["source"]).stem,
            source=self._payload["source"],
            language=next((one.language for one in lists), ""),
            seconds=self._find_duration(),
            state=state,
            picture=self._find_still() if state == "failed" else None,
            list_file=self._find_place("shorts", _SHORTS),
            framing_page=self._find_place("framing", _FRAMING),
            shorts=shorts,
            troubles=troubles,
        )

    def _of(self, kind: str) -> list[Output]:
        return [one for one in self._outputs if one.kind == kind]

    def _find_place(self, kind: str, name: str) -> str | None:
        return next((one.places[name] for one in self._of(kind) if name in one.places), None)

    def _find_duration(self) -> float | None:
        from mediakit.media.info import MediaInfo

        for one in self._of("asset"):
            return MediaInfo.read(one.path("media.json")).duration
        return None

    def _find_still(self) -> str | None:
        for one in self._of("asset"):
            if "thumbnail.jpg" in one.names:
                return self._shrink(one.path("thumbnail.jpg"))[0]
        return None

    def _list_shorts(self, lists: Sequence[ShortsList]) -> Iterator[OverviewShort]:
        """Give the shorts in the order of their list, then what else was rendered."""
        from mediakit.delivery.overview import OverviewShort

        files: dict[str, list[OverviewFile]] = {}
        lengths: dict[str, float] = {}
        titles: dict[str, str] = {}
        for output in self._of("renditions"):
            for name in output.named(_RENDITION):
                rendition, file = self._read_file(output, name)
                short = rendition.short or ""
                files.setdefault(short, []).append(file)
                lengths.setdefault(short, rendition.duration)
                titles.setdefault(short, rendition.title)
        for one in (short for listed in lists for short in listed.shorts):
            yield self._make_short(one, tuple(files.pop(one.id, ())))
        for short, made in files.items():
            yield OverviewShort(id=short, title=titles[short], seconds=lengths[short], files=tuple(made))

    def _read_lists(self) -> list[ShortsList]:
        from mediakit.media.shorts import read_shorts

        return [read_shorts(output.path(_SHORTS)) for output in self._of("shorts")]

    def _make_short(self, short: Short, files: tuple[OverviewFile, ...]) -> OverviewShort:
        from mediakit.delivery.overview import OverviewShort

        return OverviewShort(
            id=short.id,
            title=short.title,
            lead=short.lead,
            opens_with=short.opens_with,
            score=short.score,
            start=min(span.start for span in short.spans),
            end=max(span.end for span in short.spans),
            seconds=short.duration,
            files=files,
        )

    def _read_file(self, output: Output, name: str) -> tuple[Rendition, OverviewFile]:
        from mediakit.delivery.overview import OverviewFile
        from mediakit.media.rendition import Rendition

        rendition = Rendition.read(output.path(name))
        place = name.removesuffix(f"/{_RENDITION}")
        package, entry, kept_back = self._find_package(rendition)
        main = f"{place}/{rendition.main}"
        file = output.places.get(main, "") if package is None else f"{package}/data/{rendition.main}"
        quality, faults = self._find_verdict(f"{place}/{_QC}")
        covers = [one for one in rendition.files if one.role == "cover"]
        base = (
            f"{package}/data" if package is not None else PurePosixPath(output.places.get(main, "")).parent.as_posix()
        )
        return rendition, OverviewFile(
            channel=rendition.channel,
            outlet=self._outlet(rendition.channel),
            title=entry.title if entry else rendition.title,
            file=file,
            package=package,
            covers=tuple(self._cover(output.path(f"{place}/{one.path}"), f"{base}/{one.path}") for one in covers),
            seconds=round(rendition.duration, 3),
            size=sum(one.size for one in rendition.files),
            quality=quality,
            faults=faults,
            kept_back=kept_back,
        )

    def _outlet(self, channel: str) -> str:
        return self._profiles.channels[channel].title if channel in self._profiles.channels else channel

    def _cover(self, path: Path, place: str) -> OverviewCover:
        from mediakit.delivery.overview import OverviewCover

        picture, width, height = self._shrink(path)
        return OverviewCover(file=place, picture=picture, width=width, height=height)

    def _shrink(self, path: Path) -> tuple[str, int, int]:
        from hashlib import sha256

        from mediakit.delivery.overview_pictures import shrink_picture

        data, width, height = shrink_picture(path)
        name = f"{PICTURES}/{sha256(data).hexdigest()[:20]}.jpg"
        target = self._out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return name, width, height

    @cached_property
    def _packages(self) -> list[tuple[Output, PackageIndex]]:
        from mediakit.delivery.index import PackageIndex

        return [(output, PackageIndex.read(output.path(_INDEX))) for output in self._of("package")]

    def _find_package(self, rendition: Rendition) -> tuple[str | None, PackageEntry | None, tuple[str, ...]]:
        """Return where a rendition's package is published, its entry, and why there is none."""
        for output, index in self._packages:
            for entry in index.packages:
                if (entry.channel, entry.stem) == (rendition.channel, rendition.stem):
                    known = output.places.get(_INDEX, _INDEX)
                    return (PurePosixPath(known).parent / entry.folder).as_posix(), entry, ()
            for left in index.left_out:
                if (left.channel, left.stem) == (rendition.channel, rendition.stem):
                    return None, None, left.reasons
        return None, None, ()

    def _find_verdict(self, name: str) -> tuple[Any, tuple[str, ...]]:
        from mediakit.media.qcreport import QcReport

        for output in reversed(self._of("qc")):
            if name in output.names:
                report = QcReport.read(output.path(name))
                bad = [check for check in report.checks if check.verdict in ("fail", "warn")]
                bad.sort(key=lambda check: check.verdict != "fail")
                return report.verdict, tuple(check.message for check in bad[:_FAULTS])
        return None, ()


def read_made(folder: Path) -> OverviewEpisode:
    """Return the episode that a job wrote into a folder.

    Raises:
        InputError: it is not there.
    """
    from mediakit.delivery.overview import OverviewEpisode

    path = folder / EPISODE_FILE
    if not path.is_file():
        raise InputError("an episode's part of the overview is missing", where=path)
    return OverviewEpisode.read(path)
