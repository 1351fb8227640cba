"""Makes ``tests/`` importable, so that every test can say ``from media_factory import make_clip``; no test is timed."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("mediakit", deadline=None)
settings.load_profile("mediakit")
