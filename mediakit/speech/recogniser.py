"""What a recognition engine is: it hears a window of sound and says the words with their times.

An engine knows nothing of files, voice activity, languages' spelling or sentences: those are the same for all of them.
To add one, write a class with the protocol's members and name it in `load_recogniser`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mediakit.errors import InputError
from mediakit.tools.models import SpeechModel

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples

EngineName = Literal["faster-whisper", "openai-whisper"]
ComputeType = Literal["int8", "float32"]

PROMPT_TOKENS = 223
"""Whisper takes at most this many tokens of text before the window."""


@dataclass(frozen=True)
class Request:
    """How to listen to one window.

    Attributes:
        language: Whisper's code, such as ``zh``.
        beam_size: 1 is greedy.
        prompt: text that goes before, for style and context.
        hotwords: names and terms to prefer.
        condition: within sound longer than thirty seconds, give what was heard as context.
        guarded: skip what sounds like silence.
        no_repeat: no run of so many tokens comes twice; 0 lets everything be said again.
    """

    language: str
    beam_size: int = 5
    prompt: str = ""
    hotwords: str = ""
    condition: bool = True
    guarded: bool = True
    no_repeat: int = 0


@dataclass(frozen=True, eq=False)
class Encoded:
    """Up to thirty seconds of sound, and what an engine works out of it once, however often it is heard."""

    samples: Samples
    state: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Question:
    """A window of sound, and how it is to be heard."""

    sound: Encoded
    request: Request


@dataclass(frozen=True)
class HeardWord:
    """A word as the engine gives it (a leading space where its language has one); seconds from the window's start."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class HeardSegment:
    """A run of words with the engine's own doubts: mean log probability of its tokens, probability of no speech,
    and how well its text compresses (loops compress well).
    """  # noqa: D205

    words: tuple[HeardWord, ...]
    log_probability: float
    no_speech: float
    compression: float

    @property
    def text(self) -> str:
        """The words as the engine writes them."""
        return "".join(word.text for word in self.words)


class Recogniser(Protocol):
    """A loaded engine. Samples are 16 kHz mono float32; results are equal for equal arguments."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""
        ...

    @property
    def window_s(self) -> float:
        """How many seconds a window has at most that is heard for the least work a second."""
        ...

    def encode(self, windows: Sequence[Samples]) -> tuple[Encoded, ...]:
        """Return windows of at most thirty seconds, ready to be heard."""
        ...

    def detect_language(self, window: Encoded) -> dict[str, float]:
        """Return the probability of each language for a window."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes in a prompt."""
        ...

    def recognise(self, questions: Sequence[Question]) -> tuple[tuple[HeardSegment, ...], ...]:
        """Return what is said in each window, in order; windows that are asked alike may be heard together."""
        ...

    def recognise_long(self, samples: Samples, request: Request) -> tuple[HeardSegment, ...]:
        """Return what is said in sound of any length, in order, the engine finding its own way through it."""
        ...


def load_recogniser(
    engine: EngineName, model: SpeechModel, compute: ComputeType, threads: int, *, parallel: bool = True
) -> Recogniser:
    """Load an engine with a model onto the processor, with a fixed number of threads.

    Args:
        engine: which.
        model: its weights.
        compute: number format, where the engine has a choice.
        threads: how many processor threads it may use.
        parallel: windows are heard beside each other, a thread each; else one after another with all threads.

    Raises:
        InputError: the engine is not installed, or cannot load this model.
    """
    check_engine(engine)
    if engine == "faster-whisper":
        from mediakit.speech.faster import FasterWhisper

        return FasterWhisper(model, compute, threads, parallel=parallel)
    from mediakit.speech.reference import OpenAIWhisper

    return OpenAIWhisper(model, threads)


def check_engine(engine: EngineName) -> None:
    """Refuse an engine that is not installed.

    Raises:
        InputError: with the command that installs it.
    """
    from importlib.util import find_spec

    module, remedy = {
        "faster-whisper": ("faster_whisper", "pip install faster-whisper"),
        "openai-whisper": ("whisper", "pip install 'mediakit[openai-whisper]'"),
    }[engine]
    if find_spec(module) is None:
        raise InputError(f"the engine {engine} is not installed", hint=remedy)


def engine_versions(engine: EngineName) -> dict[str, str]:
    """Return the versions of the packages that shape an engine's results."""
    from mediakit.tools.versions import version

    check_engine(engine)
    packages = {
        "faster-whisper": ("faster-whisper", "ctranslate2", "onnxruntime"),
        "openai-whisper": ("openai-whisper", "torch", "faster-whisper", "onnxruntime"),
    }[engine]
    return {name: version(name) for name in packages}
