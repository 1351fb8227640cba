from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mediakit.engine.keys import Ingredients, result_key

texts = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
ingredients = st.builds(
    Ingredients,
    step=st.sampled_from(["render", "qc"]),
    version=st.integers(1, 3),
    settings=st.dictionaries(texts, json_values, max_size=4),
    inputs=st.dictionaries(texts, st.sampled_from(["a" * 64, "b" * 64]), max_size=3),
    tools=st.dictionaries(texts, texts, max_size=2),
    stem=texts,
)


def turned(value: object) -> object:
    """Return an equal value whose mappings are in another order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(list(value))}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


@given(ingredients)
def test_key_ignores_order_of_mappings(made: Ingredients) -> None:
    other = replace(made, settings=turned(dict(made.settings)), inputs=turned(dict(made.inputs)))
    assert other.key() == made.key()
    assert len(made.key()) == 64


@given(ingredients, ingredients)
def test_equal_keys_mean_equal_ingredients(one: Ingredients, other: Ingredients) -> None:
    from mediakit.media.digests import canonical_json

    same = canonical_json({**one.as_json(), "names": {}}) == canonical_json({**other.as_json(), "names": {}})
    assert (one.key() == other.key()) == same


@given(ingredients)
def test_ingredients_survive_being_written_down(made: Ingredients) -> None:
    again = Ingredients.from_json(made.as_json())
    assert again == made
    assert again.key() == made.key()


@given(ingredients, st.dictionaries(texts, texts, max_size=3))
def test_names_are_not_in_the_key(made: Ingredients, names: dict[str, str]) -> None:
    assert replace(made, names=names).key() == made.key()


def test_results_and_nodes_do_not_share_keys() -> None:
    made = Ingredients("render", 1, {}, {}, {})
    assert result_key(made.key()) != made.key()
