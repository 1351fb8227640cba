"""Steps: the glue between a recipe's sections and the topic rooms; ``registry`` lists them by name."""
