"""``mediakit transcribe``: the words of a media file with their times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption, TracksOption

if TYPE_CHECKING:
    from mediakit.media.transcript import Transcript


def transcribe(
    media: Annotated[Path, typer.Argument(help="The media file.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the transcript (JSON).")],
    engine: Annotated[
        Optional[str], typer.Option(help="faster-whisper (default), openai-whisper, or import.", show_default=False)
    ] = None,
    model: Annotated[str, typer.Option(help="Speech model: a name, a folder, or a .pt file.")] = "base",
    language: Annotated[str, typer.Option(help="Language (zh, en …), or auto to detect it.")] = "auto",
    glossary: Annotated[Optional[Path], typer.Option(help="Names and terms: YAML or CSV.")] = None,
    corrections: Annotated[
        Optional[Path],
        typer.Option(
            help="What the glossary changed and doubts: written if it is not there, else your verdicts in it."
        ),
    ] = None,
    script: Annotated[Optional[Path], typer.Option(help="The text that was meant to be said.")] = None,
    characters: Annotated[
        Optional[str],
        typer.Option(help="simplified (default), traditional, taiwan, hongkong, kept.", show_default=False),
    ] = None,
    numbers: Annotated[str, typer.Option(help="Numbers and dates: kept, digits, or words.")] = "kept",
    wording: Annotated[Optional[Path], typer.Option(help="More wordings to point out: YAML.")] = None,
    speakers: Annotated[
        Optional[str],
        typer.Option(help="Tell speakers apart by voice: how many there are, or auto.", show_default=False),
    ] = None,
    speaker_names: Annotated[
        Optional[Path], typer.Option(help="What the speakers are called: YAML, by id, a time, or first words.")
    ] = None,
    import_file: Annotated[
        Optional[Path], typer.Option("--import", help="Import a transcript instead: SRT, VTT, ASS, Whisper JSON.")
    ] = None,
    html: Annotated[
        Optional[Path],
        typer.Option("--html", help="A page for proof-reading; its sound goes beside it, as .sound.m4a."),
    ] = None,
    track: Annotated[Optional[int], typer.Option(min=1, help="Which sound track, from 1 (default: the main one).")] = (
        None
    ),
    channel: Annotated[Optional[int], typer.Option(min=1, help="One channel of it, from 1 (default: all, mixed).")] = (
        None
    ),
    beam_size: Annotated[int, typer.Option(min=1, max=20, help="Width of the search; 1 is faster.")] = 5,
    vad: Annotated[bool, typer.Option("--vad/--no-vad", help="Listen only where somebody speaks.")] = True,
    download: Annotated[bool, typer.Option("--download", help="Fetch a named model that is not here.")] = False,
    library: Annotated[
        Optional[Path], typer.Option("--library", help="Library folder that gets the media and its words, for search.")
    ] = None,
    tracks: TracksOption = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Recognise speech: words with times, corrected by a glossary and a script."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.errors import UsageError
    from mediakit.media.transcript import Transcript

    decided = corrections is not None and corrections.exists()
    targets = {"transcript.json": output}
    if corrections is not None and not decided:
        if glossary is None:
            raise UsageError("--corrections lists what a glossary changes", hint="name one with --glossary")
        targets["corrections.yaml"] = corrections
    settings = {
        "engine": engine,
        "model": model,
        "language": language,
        "glossary": glossary,
        "corrections": corrections if decided else None,
        "script": script,
        "characters": characters,
        "numbers": numbers,
        "wording": wording,
        "speakers": speakers,
        "speaker_names": speaker_names,
        "import": import_file,
        "html": html.name if html is not None else None,
        "track": track,
        "channel": channel,
        "beam_size": beam_size,
        "vad": vad,
        "download": download,
    }
    if html is not None:
        targets |= _page_targets(
            html, [output, *(p for p in (media, script, import_file, glossary, corrections, speaker_names) if p)]
        )
    if script is not None:
        targets["script.json"] = output.with_name(f"{output.stem}.script.json")
    links = [
        Link("ingest", {"media": media, "tracks": tracks}),
        Link("transcribe", settings, targets=targets),
    ]
    result = run_chain(links, command="transcribe", json_output=json_output, jobs=jobs, cache=cache)
    if library is not None:
        from mediakit.steps.ingest import IngestSettings
        from mediakit.steps.recording import record_outputs

        record_outputs(
            library, [(IngestSettings(media=media, tracks=tracks), artifact) for artifact in result.artifacts]
        )
    made = result.artifacts[-1]
    transcript = Transcript.read(made.path("transcript.json"))
    followed = _follow(made.path("script.json"), json_output) if script is not None else {}
    print_result(
        {
            "transcript": str(output),
            "html": str(html) if html is not None else None,
            "language": transcript.language,
            "segments": len(transcript.segments),
            "words": len(transcript.words),
            "corrections": len(transcript.corrections),
            "doubts": len(transcript.doubts),
            "speakers": _list_speakers(transcript) if transcript.speakers else None,
            "warnings": list(transcript.warnings) if json_output else None,
            **followed,
        },
        json_output,
    )


def _list_speakers(transcript: Transcript) -> list[str]:
    """Return who speaks for how long, in the order in which they are first heard."""
    return [f"{name}: {seconds:.1f} s" for name, seconds in transcript.speakers.items()]


def _page_targets(html: Path, others: Sequence[Path]) -> dict[str, Path]:
    """Return where the proof page and its sound go; other files of the command are not written over."""
    from mediakit.errors import UsageError
    from mediakit.steps.transcribe_proof import proof_sound_name

    sound = html.with_name(proof_sound_name(html.name))
    if {html.resolve(), sound.resolve()} & {other.resolve() for other in others}:
        raise UsageError("--html would write over another file of this command", where=html, hint="name another file")
    return {html.name: html, sound.name: sound}


def _follow(path: Path, json_output: bool) -> dict[str, Any]:
    """Return how the speech follows the script: figures for machines, a short table for people."""
    from mediakit.media.scriptreport import ScriptReport
    from mediakit.speech.reporting import tell_report

    report = ScriptReport.read(path)
    if not json_output:
        return {"script": tell_report(report)}
    return {
        "script": {
            "belongs": report.belongs,
            "share": report.share,
            "speech_share": report.speech_share,
            "unspoken": [one.number for one in report.unspoken],
            "beside": len(report.beside),
        }
    }
