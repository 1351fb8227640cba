"""openai-whisper's ``.pt`` from CTranslate2 weights, so that both engines can be compared on equal ones."""

from __future__ import annotations

from pathlib import Path

from mediakit.speech.weights import read_checkpoint


def write_checkpoint(folder: Path, path: Path) -> Path:
    """Write a CTranslate2 folder's weights as a checkpoint that ``whisper.load_model`` takes; return its path.

    Name it after the model (``base.pt``): the name says which attention heads tell word times.
    """
    import torch

    checkpoint = read_checkpoint(folder)
    state = {name: torch.from_numpy(array) for name, array in checkpoint["model_state_dict"].items()}
    torch.save({"dims": checkpoint["dims"], "model_state_dict": state}, path)
    return path
