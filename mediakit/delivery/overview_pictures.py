"""Small copies of covers for the overview page."""

from __future__ import annotations

import io
from pathlib import Path

from mediakit.errors import InputError

HEIGHT = 384
"""Twice the height that the page shows, for screens with small pixels."""
_QUALITY = 82
_MOST_PIXELS = 120_000_000


def shrink_picture(source: Path) -> tuple[bytes, int, int]:
    """Return a small JPEG of a picture with its width and height; the same picture gives the same bytes.

    Raises:
        InputError: it cannot be read as a picture.
    """
    from PIL import Image

    try:
        with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise InputError("is too large a picture", where=source)
            picture.draft("RGB", (HEIGHT * 4, HEIGHT * 2))
            small = picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
        raise InputError("cannot be read as a picture", where=source) from exc
    height = min(HEIGHT, small.height)
    width = max(1, round(small.width * height / small.height))
    small = small.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue(), width, height
