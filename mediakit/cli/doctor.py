"""``mediakit doctor``: what works here, what is missing, how to get it."""

from __future__ import annotations

import typer

from mediakit.cli.options import JsonOption


def doctor(json_output: JsonOption = False) -> None:
    """Say what this machine has and lacks; exit 4 when something essential is missing."""
    from mediakit.cli.display import print_result
    from mediakit.engine.cache import default_cache_folder
    from mediakit.engine.machine import count_cores, usable_memory_mb
    from mediakit.library.database import default_folder
    from mediakit.tools.inspection import inspect_tools

    checks = inspect_tools({"cache": default_cache_folder(), "library": default_folder()})
    ready = all(check.ok for check in checks if check.essential)
    cores, memory = count_cores(), usable_memory_mb()
    if json_output:
        print_result({"ready": ready, "cores": cores, "memory_mb": memory, "checks": [vars(c) for c in checks]}, True)
    else:
        lines = [f"ok       cores and memory: {cores} cores, {memory} MB for jobs"]
        for check in checks:
            state = "ok" if check.ok else "MISSING" if check.essential else "without"
            lines.append(f"{state:8} {check.name}: {check.found}")
            if not check.ok and check.remedy:
                lines.append(f"         get it: {check.remedy}")
        verdict = "everything essential is here" if ready else "something essential is missing"
        print_result({"checks": lines, "verdict": verdict}, False)
    if not ready:
        raise typer.Exit(4)
