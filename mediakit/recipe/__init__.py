"""Recipes: YAML with positions, variables, batches, and the way from a recipe to a graph of steps."""
