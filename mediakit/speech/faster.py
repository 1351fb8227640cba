"""The default engine: faster-whisper on CTranslate2, on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.speech.recogniser import ComputeType, HeardSegment, HeardWord, Request
from mediakit.tools.models import SpeechModel

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples


class FasterWhisper:
    """faster-whisper behind the `Recogniser` protocol; sampling is never used, so results repeat."""

    def __init__(self, model: SpeechModel, compute: ComputeType, threads: int) -> None:
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                str(model.path), device="cpu", compute_type=compute, cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as exc:
            raise InputError(
                f"faster-whisper cannot load the speech model ({str(exc).splitlines()[0]})",
                where=model.path,
                hint="name a CTranslate2 Whisper model folder",
            ) from exc

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""
        return tuple(self._model.supported_languages)

    def detect_language(self, samples: Samples) -> dict[str, float]:
        """Return the probability of each language for up to the first thirty seconds."""
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        _, _, found = self._model.detect_language(samples, language_detection_threshold=0.0)
        return dict(found)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes in a prompt."""
        return len(self._model.hf_tokenizer.encode(f" {text.strip()}", add_special_tokens=False).ids)

    def recognise(self, samples: Samples, request: Request) -> tuple[HeardSegment, ...]:
        """Return what is said, in order."""
        segments, _ = self._model.transcribe(
            samples,
            language=request.language,
            beam_size=request.beam_size,
            temperature=[0.0],
            initial_prompt=request.prompt or None,
            hotwords=request.hotwords or None,
            condition_on_previous_text=request.condition,
            no_speech_threshold=0.6 if request.guarded else None,
            word_timestamps=True,
            vad_filter=False,
        )
        return tuple(
            HeardSegment(
                tuple(HeardWord(w.word, w.start, w.end, w.probability) for w in segment.words or ()),
                segment.avg_logprob,
                segment.no_speech_prob,
                segment.compression_ratio,
            )
            for segment in segments
        )
