"""Makes ``tests/`` importable, so that every test can say ``from media_factory import make_clip``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
