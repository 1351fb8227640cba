"""How far each running node is, from the progress of its jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from mediakit.steps.jobs import Event

_SHARE_OF_JOBS = 0.95
_LEAST_STEP = 0.005


class Progress:
    """Turns the progress of jobs into the progress of nodes; passes other events on. Safe from any thread."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._costs: dict[str, Mapping[str, float]] = {}
        self._done: dict[str, dict[str, float]] = {}
        self._told: dict[str, float] = {}

    def expect(self, node: str, costs: Mapping[str, float]) -> None:
        """Say which jobs a node has to run, with their costs."""
        with self._lock:
            self._costs[node] = costs
            self._done[node] = dict.fromkeys(costs, 0.0)

    def finish(self, node: str, job: str) -> None:
        """Say that a job is done."""
        self.take(Event("progress", node, "", {"fraction": 1.0, "job": job}))

    def forget(self, node: str) -> None:
        """Say that a node has ended."""
        with self._lock:
            for known in (self._costs, self._done, self._told):
                known.pop(node, None)

    def take(self, event: Event) -> None:
        """Pass on an event of a step or job; progress is summed and thinned."""
        if event.kind != "progress":
            self._emit(event)
            return
        with self._lock:
            fraction = self._node_fraction(event)
            told = self._told.get(event.node, -1.0)
            if fraction < told + _LEAST_STEP and fraction < 1.0:
                return
            self._told[event.node] = fraction
            data = {"fraction": round(fraction, 4)}
            if event.node in self._done:
                data["jobs_done"] = sum(value >= 1.0 for value in self._done[event.node].values())
                data["jobs"] = len(self._done[event.node])
        self._emit(Event("progress", event.node, event.message, data))

    def _node_fraction(self, event: Event) -> float:
        fraction = float(event.data.get("fraction", 0.0))
        job = event.data.get("job")
        if event.node not in self._done:
            return fraction
        done, costs = self._done[event.node], self._costs[event.node]
        if job is None:
            return _SHARE_OF_JOBS + (1 - _SHARE_OF_JOBS) * fraction
        if job in done:
            done[job] = max(done[job], fraction)
        total = sum(costs.values()) or 1.0
        return _SHARE_OF_JOBS * sum(done[name] * costs[name] for name in done) / total
