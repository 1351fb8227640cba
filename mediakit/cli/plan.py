"""``mediakit plan``: what a run would do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.cli.options import CacheOption, JobsOption, JsonOption
from mediakit.cli.run import OnlyOption, OutputOption, RecipeArgument, SetOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediakit.engine.plan import Plan, PlannedNode, WorkCount


def plan(
    recipe: RecipeArgument,
    sets: SetOption = None,
    jobs: JobsOption = None,
    output: OutputOption = None,
    cache: CacheOption = None,
    only: OnlyOption = None,
    json_output: JsonOption = False,
) -> None:
    """Say what a run would make, why, and about how long it would take. Nothing is made."""
    from dataclasses import asdict

    from mediakit.cli.display import open_counter, print_json
    from mediakit.engine.cache import Cache, default_cache_folder
    from mediakit.engine.machine import count_cores
    from mediakit.engine.plan import make_plan, select_items
    from mediakit.recipe.loading import load_recipe

    loaded = load_recipe(recipe, sets or [], output=output)
    graph = select_items(loaded.graph, only or [])
    with Cache(cache or default_cache_folder()) as opened, open_counter(json_output) as count:
        made = make_plan(graph, opened, cores=jobs or count_cores(), on_node=count)
    if not json_output:
        _print_plan(made)
        return
    for node in made.nodes:
        print_json({"event": "node", **asdict(node)})
    counts = {state: sum(node.state == state for node in made.nodes) for state in ("kept", "make", "later", "failed")}
    result = {"recipe": made.name, **counts, "seconds": round(made.seconds, 1), "unmeasured": made.unmeasured}
    print_json({"event": "result", **result})


def _print_plan(plan: Plan) -> None:
    from mediakit.cli.batch import describe_plan
    from mediakit.cli.display import format_seconds

    for line in describe_plan(plan) if len(plan.items) > 1 else _describe_nodes(plan):
        print(line)
    if not plan.to_do:
        print("nothing to do: everything is made already")
        return
    unknown = f", without {', '.join(plan.unmeasured)} (not measured here yet)" if plan.unmeasured else ""
    print(f"expected time: {format_seconds(plan.seconds)}{unknown}")


def _describe_nodes(plan: Plan) -> Iterator[str]:
    """Give the lines of every node, as one item has them."""
    from mediakit.cli.display import count_columns, format_seconds

    width = max((count_columns(node.node) for node in plan.nodes), default=4)
    for node in plan.nodes:
        words = [node.node + " " * (width - count_columns(node.node)), f"{node.state:6}", f"{_jobs(node):>18}"]
        words.append(f"{'~' + format_seconds(node.seconds) if node.seconds is not None else '':>14}")
        yield "  ".join([*words, "; ".join(node.reasons)]).rstrip()
        for count in node.work:
            yield " " * (width + 10) + _describe_work(count)
        for remark in node.remarks:
            yield " " * (width + 10) + remark


_WORDS = {"piece": ("pieces", "encode"), "copy": ("copied", "copy"), "source": ("sources", "probe")}
"""What results of a kind are called, and what is done to make them."""


def _describe_work(count: WorkCount) -> str:
    name, verb = _WORDS.get(count.work, (f"{count.work}s", "make"))
    return f"{name}: {count.make} to {verb}, {count.kept} kept"


def _jobs(node: PlannedNode) -> str:
    if not node.jobs_to_make and not node.jobs_kept:
        return ""
    return f"{node.jobs_to_make} jobs, {node.jobs_kept} kept"
