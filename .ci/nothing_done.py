"""Fails when a run that should have found everything in its cache did any work (its --json log is the argument)."""

import json
import sys
from pathlib import Path

lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
result = json.loads(lines[-1])
done = {key: result[key] for key in ("exit_code", "made", "failed", "skipped", "jobs_made")}
print(f"second run: {result['kept']} kept, {done}, {result['seconds']} s")
sys.exit(any(done.values()) or not result["kept"])
