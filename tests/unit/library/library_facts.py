"""Made-up probes and transcripts for library tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from mediakit.media.digests import digest_file
from mediakit.media.info import AudioStream, MediaInfo, VideoStream
from mediakit.media.transcript import Recogniser, Segment, Transcript


def write_media(path: Path, content: bytes = b"media") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def make_info(path: Path, *, duration: float = 60.0, created: str | None = None, sound_only: bool = False) -> MediaInfo:
    video = VideoStream(
        **{"index": 0, "codec": "h264", "width": 160, "height": 90, "display_width": 160, "display_height": 90},
        **{"pixel_format": "yuv420p", "fps": Fraction(25), "frames": 1500, "duration": duration},
    )
    audio = AudioStream(index=1, codec="aac", sample_rate=48000, channels=2, layout="stereo", duration=duration)
    return MediaInfo(
        container="mov,mp4",
        size=path.stat().st_size,
        digest=digest_file(path),
        duration=duration,
        created=created,
        video=() if sound_only else (video,),
        audio=(audio,),
    )


def make_transcript(*texts: str, language: str = "zh", engine: str = "import", step: float = 2.0) -> Transcript:
    return Transcript(
        language=language,
        duration=step * len(texts),
        recogniser=Recogniser(engine=engine),
        segments=tuple(
            Segment(start=number * step, end=(number + 1) * step, text=text) for number, text in enumerate(texts)
        ),
    )
