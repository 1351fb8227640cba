"""Highlights: proposals for shorts from what is said. Cutting and framing them is render's."""
