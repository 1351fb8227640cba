"""The reference engine: OpenAI's own whisper, in float32 on the processor. It brings torch, so it is an extra.

It takes the same CTranslate2 weights as the default engine, or OpenAI's ``.pt``. It is always handed samples: given a
path it would look for an ffmpeg program.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.speech.recogniser import Encoded, HeardSegment, HeardWord, Question, Request
from mediakit.speech.voice import WINDOW_S
from mediakit.speech.weights import read_checkpoint
from mediakit.tools.models import SpeechModel

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples


class OpenAIWhisper:
    """openai-whisper behind the `Recogniser` protocol; sampling is never used, so results repeat."""

    def __init__(self, model: SpeechModel, threads: int) -> None:
        import torch
        from whisper.tokenizer import get_tokenizer

        torch.set_num_threads(threads)
        self._model = _load_checkpoint(model) if model.format == "checkpoint" else _load_folder(model)
        self._model.eval()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves its vocabulary file to the collector
            self._tokenizer = get_tokenizer(self._model.is_multilingual, num_languages=self._model.num_languages)

    @property
    def window_s(self) -> float:
        """How many seconds a window has at most that is heard for the least work a second."""
        return WINDOW_S

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""
        from whisper.tokenizer import LANGUAGES

        return tuple(LANGUAGES)[: self._model.num_languages] if self._model.is_multilingual else ("en",)

    def encode(self, windows: Sequence[Samples]) -> tuple[Encoded, ...]:
        """Return windows ready to be heard: this engine keeps nothing between hearings."""
        return tuple(Encoded(samples) for samples in windows)

    def detect_language(self, window: Encoded) -> dict[str, float]:
        """Return the probability of each language for a window."""
        from whisper.audio import N_FRAMES, N_SAMPLES, log_mel_spectrogram, pad_or_trim

        if not self._model.is_multilingual:
            return {"en": 1.0}
        mel = log_mel_spectrogram(window.samples[:N_SAMPLES], self._model.dims.n_mels, padding=N_SAMPLES)
        _, found = self._model.detect_language(pad_or_trim(mel, N_FRAMES))
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes in a prompt."""
        return len(self._tokenizer.encode(f" {text.strip()}"))

    def recognise(self, questions: Sequence[Question]) -> tuple[tuple[HeardSegment, ...], ...]:
        """Return what is said in each window, one after another."""
        return tuple(self.recognise_long(one.sound.samples, one.request) for one in questions)

    def recognise_long(self, samples: Samples, request: Request) -> tuple[HeardSegment, ...]:
        """Return what is said, in order."""
        prompt = " ".join(text for text in (request.hotwords, request.prompt) if text)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*Triton kernels.*")
            result = self._model.transcribe(
                samples,
                language=request.language,
                beam_size=request.beam_size,
                temperature=(0.0,),
                initial_prompt=prompt or None,
                carry_initial_prompt=bool(request.hotwords),
                condition_on_previous_text=request.condition,
                no_speech_threshold=0.6 if request.guarded else None,
                word_timestamps=True,
                fp16=False,
                verbose=None,
            )
        return tuple(_heard(segment) for segment in result["segments"] if segment["text"].strip())


def _heard(segment: dict[str, Any]) -> HeardSegment:
    words = tuple(
        HeardWord(word["word"], float(word["start"]), float(word["end"]), float(word["probability"]))
        for word in segment.get("words", [])
    )
    return HeardSegment(words, segment["avg_logprob"], segment["no_speech_prob"], segment["compression_ratio"])


def _load_folder(model: SpeechModel) -> Any:
    import torch
    from whisper.model import ModelDimensions, Whisper

    checkpoint = read_checkpoint(model.path)
    loaded = Whisper(ModelDimensions(**checkpoint["dims"]))
    loaded.load_state_dict({name: torch.from_numpy(array) for name, array in checkpoint["model_state_dict"].items()})
    if checkpoint["alignment_heads"]:
        mask = torch.zeros(loaded.dims.n_text_layer, loaded.dims.n_text_head, dtype=torch.bool)
        for layer, head in checkpoint["alignment_heads"]:
            mask[layer, head] = True
        loaded.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
    return loaded


def _load_checkpoint(model: SpeechModel) -> Any:
    import pickle

    import whisper

    try:
        loaded = whisper.load_model(str(model.path), device="cpu")
    except (RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as exc:
        raise InputError(
            f"openai-whisper cannot load the speech model ({str(exc).splitlines()[0]})", where=model.path
        ) from exc
    heads = whisper._ALIGNMENT_HEADS.get(model.name)
    if heads is not None:
        loaded.set_alignment_heads(heads)
    return loaded
