"""Delivery: a folder for each outlet with everything that goes out, checked against digests, and one index over all."""
