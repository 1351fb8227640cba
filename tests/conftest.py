"""Makes ``tests/`` importable, so that every test can say ``from media_factory import make_clip``; no test is timed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# Every run looks for new examples, but for one that judges a change: that one tries the same each time.
SAME_EXAMPLES = "CI" in os.environ or "MEDIAKIT_SAME_EXAMPLES" in os.environ
settings.register_profile("mediakit", deadline=None, derandomize=SAME_EXAMPLES)
settings.load_profile("mediakit")
