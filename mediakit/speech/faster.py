"""The default engine: faster-whisper's model on CTranslate2, on the processor.

Windows are encoded once and heard as often as they are asked about. Whisper was trained on thirty seconds, filled up
with silence; its encoder's work grows faster than the length, and a few seconds of silence do as well. Windows that are
asked alike are decoded together, a few at a time, and every thread has such a group of its own: small steps shared by
threads wait for each other more than they compute. Groups depend on the questions alone, so the number of threads
changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from mediakit.errors import InputError
from mediakit.speech.recogniser import ComputeType, Encoded, HeardSegment, HeardWord, Question, Request
from mediakit.speech.sound import RATE
from mediakit.tools.models import SpeechModel

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples

TOGETHER = 2
"""Windows that are decoded at once: more take memory and give little."""

WINDOW_S = 15.0
"""Longer windows cost more than they are longer, and were heard no better."""
SILENCE_S = 5.0
"""At least so much silence follows a window's sound in what is encoded, where thirty seconds have room for it."""

_STEP_S = 2
_LONGEST_S = 30
_FRAMES_S = 100
_FEWEST_TOKENS = 24
_TOKENS_PER_S = 10
_NO_SPEECH = 0.6
_UNSURE = -1.0
_LATEST_START = 50
_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"

_One = TypeVar("_One")
_Made = TypeVar("_Made")


class FasterWhisper:
    """faster-whisper behind the `Recogniser` protocol; sampling is never used, so results repeat.

    Args:
        model: a CTranslate2 folder.
        compute: number format.
        threads: processor threads.
        parallel: a thread for each group of windows; else all threads for one.
    """

    def __init__(self, model: SpeechModel, compute: ComputeType, threads: int, *, parallel: bool = True) -> None:
        from faster_whisper import WhisperModel

        self._workers = threads if parallel else 1
        self._tokenizers: dict[str, Any] = {}
        try:
            self._model = WhisperModel(
                str(model.path),
                device="cpu",
                compute_type=compute,
                cpu_threads=1 if parallel else threads,
                num_workers=self._workers,
                local_files_only=True,
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

    @property
    def window_s(self) -> float:
        """How many seconds a window has at most that is heard for the least work a second."""
        return WINDOW_S

    def encode(self, windows: Sequence[Samples]) -> tuple[Encoded, ...]:
        """Return windows of at most thirty seconds, ready to be heard (a window keeps some 3 MB)."""
        return tuple(self._spread(self._encode_one, windows))

    def _encode_one(self, samples: Samples) -> Encoded:
        import numpy as np
        from faster_whisper.audio import pad_or_trim

        frames = heard_seconds(len(samples) / RATE) * _FRAMES_S
        features = pad_or_trim(self._model.feature_extractor(samples)[..., :-1], frames)
        return Encoded(samples, np.array(self._model.encode(features)))

    def detect_language(self, window: Encoded) -> dict[str, float]:
        """Return the probability of each language for a window."""
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        found = self._model.model.detect_language(_stored([window]))[0]
        return {token[2:-2]: float(probability) for token, probability in found}

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes in a prompt."""
        return len(self._model.hf_tokenizer.encode(f" {text.strip()}", add_special_tokens=False).ids)

    def recognise(self, questions: Sequence[Question]) -> tuple[tuple[HeardSegment, ...], ...]:
        """Return what is said in each window, in order."""
        groups: dict[tuple[Request, int], list[int]] = {}
        for number, one in enumerate(questions):
            groups.setdefault((one.request, one.sound.state.shape[1]), []).append(number)
        asked = [
            (request, numbers[first : first + TOGETHER])
            for (request, _), numbers in groups.items()
            for first in range(0, len(numbers), TOGETHER)
        ]
        heard: list[tuple[HeardSegment, ...]] = [()] * len(questions)
        answers = self._spread(lambda a: self._hear_group([questions[n].sound for n in a[1]], a[0]), asked)
        for (_, numbers), found in zip(asked, answers, strict=True):
            for number, segments in zip(numbers, found, strict=True):
                heard[number] = segments
        return tuple(heard)

    def _spread(self, make: Callable[[_One], _Made], items: Sequence[_One]) -> list[_Made]:
        if self._workers < 2 or len(items) < 2:
            return [make(item) for item in items]
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(make, items))

    def _hear_group(self, sounds: Sequence[Encoded], request: Request) -> list[tuple[HeardSegment, ...]]:
        """Decode windows together; how much may be said is bounded by the longest of them."""
        tokenizer = self._tokenizer(request.language)
        given = tokenizer.encode(f" {request.prompt.strip()}") if request.prompt else []
        prompt = self._model.get_prompt(tokenizer, given, hotwords=request.hotwords or None)
        seconds = max(len(sound.samples) for sound in sounds) / RATE
        most = _FEWEST_TOKENS + math.ceil(_TOKENS_PER_S * seconds)
        results = self._model.model.generate(
            _stored(sounds),
            [list(prompt) for _ in sounds],
            beam_size=request.beam_size,
            max_length=min(self._model.max_length, len(prompt) + most),
            no_repeat_ngram_size=request.no_repeat,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=list(_suppressed(tokenizer)),
            max_initial_timestamp_index=_LATEST_START,
        )
        return [
            self._tell(sound, result, tokenizer, guarded=request.guarded)
            for sound, result in zip(sounds, results, strict=True)
        ]

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]

    def _tell(self, sound: Encoded, result: Any, tokenizer: Any, *, guarded: bool) -> tuple[HeardSegment, ...]:
        """Return a window's segments with word times, from the attention of the decoder to the sound."""
        from faster_whisper.transcribe import get_compression_ratio

        tokens = result.sequences_ids[0]
        sure = result.scores[0] * len(tokens) / (len(tokens) + 1)
        if guarded and result.no_speech_prob > _NO_SPEECH and sure <= _UNSURE:
            return ()
        seconds = len(sound.samples) / RATE
        parts = split_tokens(tokens, tokenizer, seconds)
        if not parts:
            return ()
        frames = min(self._model.feature_extractor.nb_max_frames, len(sound.samples) // 160)
        self._model.add_word_timestamps([parts], tokenizer, _stored([sound]), frames, _PREPENDED, _APPENDED, 0.0)
        compression = get_compression_ratio(tokenizer.decode([t for part in parts for t in part["tokens"]]).strip())
        return tuple(
            HeardSegment(
                tuple(HeardWord(w["word"], w["start"], w["end"], float(w["probability"])) for w in part["words"]),
                sure,
                result.no_speech_prob,
                compression,
            )
            for part in parts
        )

    def recognise_long(self, samples: Samples, request: Request) -> tuple[HeardSegment, ...]:
        """Return what is said in sound of any length, as faster-whisper itself goes through it."""
        segments, _ = self._model.transcribe(
            samples,
            language=request.language,
            beam_size=request.beam_size,
            temperature=[0.0],
            initial_prompt=request.prompt or None,
            hotwords=request.hotwords or None,
            condition_on_previous_text=request.condition,
            no_speech_threshold=_NO_SPEECH if request.guarded else None,
            no_repeat_ngram_size=request.no_repeat,
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


def heard_seconds(seconds: float) -> int:
    """Return how many seconds are encoded for so many seconds of sound."""
    return min(math.ceil((seconds + SILENCE_S) / _STEP_S) * _STEP_S, _LONGEST_S)


def _stored(sounds: Sequence[Encoded]) -> Any:
    import ctranslate2
    import numpy as np

    joined = np.concatenate([sound.state for sound in sounds]) if len(sounds) > 1 else sounds[0].state
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(joined))


def _suppressed(tokenizer: Any) -> tuple[int, ...]:
    from faster_whisper.transcribe import get_suppressed_tokens

    return tuple(get_suppressed_tokens(tokenizer, [-1]))


def split_tokens(tokens: Sequence[int], tokenizer: Any, seconds: float) -> list[dict[str, Any]]:
    """Return a window's tokens as segments, parted where a time stamp follows another; what comes after the last stays.

    A segment has ``tokens``, ``start`` and ``end`` (seconds in the window) and ``seek`` (0), as
    `WhisperModel.add_word_timestamps` takes them.
    """
    zero = tokenizer.timestamp_begin
    parts: list[dict[str, Any]] = []
    own: list[int] = []

    def close() -> None:
        stamps = [(token - zero) * 0.02 for token in own if token >= zero]
        if any(token < tokenizer.eot for token in own):
            start = min(stamps[0] if own[0] >= zero else 0.0, seconds)
            end = stamps[-1] if own[-1] >= zero and len(stamps) > 1 else seconds
            parts.append({"tokens": list(own), "start": start, "end": max(start, end), "seek": 0})
        own.clear()

    for place, token in enumerate(tokens):
        if place and token >= zero and tokens[place - 1] >= zero:
            close()
        own.append(token)
    if own:
        close()
    return parts
