"""How the items of a batch ended, for the nodes that gather them."""

from __future__ import annotations

from collections.abc import Mapping

from mediakit.engine.bindings import Bound, bound_files
from mediakit.engine.digests import Signature
from mediakit.errors import MediakitError
from mediakit.steps.endings import Ending, Trouble
from mediakit.steps.graph import Graph, Node
from mediakit.steps.inputs import Artifact, Inputs
from mediakit.steps.registry import load_step


def bind_endings(
    graph: Graph, node: Node, artifacts: Mapping[str, Artifact], errors: Mapping[str, MediakitError]
) -> Bound:
    """Return the inputs of a node that gathers.

    Args:
        graph: the graph.
        node: the node.
        artifacts: finished outputs by node id.
        errors: why nodes failed, by node id.
    """
    kinds = load_step(node.step).gathers
    wanted = set(node.gathers)
    by_item: dict[str, list[Node]] = {item: [] for item in graph.items}
    for one in graph.nodes:
        if one.id in wanted:
            by_item[one.item].append(one)
    endings = tuple(_end_of(item, nodes, kinds, artifacts, errors) for item, nodes in by_item.items())
    paths = [path for ending in endings for artifact in ending.outputs for path in artifact.overlay.values()]
    return Bound(Inputs({}, endings), {path: Signature.of(path) for path in paths})


def _end_of(
    item: str,
    nodes: list[Node],
    kinds: tuple[str, ...],
    artifacts: Mapping[str, Artifact],
    errors: Mapping[str, MediakitError],
) -> Ending:
    outputs: list[Artifact] = []
    troubles: list[Trouble] = []
    for node in nodes:
        error = errors.get(node.id)
        if error is not None:
            troubles.append(Trouble(node.step, error.subject, error.message, error.hint, stopped=True))
        artifact = artifacts.get(node.id)
        if artifact is not None:
            troubles += [Trouble(node.step, one.subject, one.message, one.hint) for one in artifact.problems]
            if artifact.type in kinds:
                outputs.append(artifact)
    return Ending(item, _source(nodes), tuple(outputs), tuple(troubles))


def _source(nodes: list[Node]) -> str:
    files = [path for node in nodes for path in bound_files(node).values()]
    return files[0].name if files else ""
