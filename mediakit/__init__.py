"""mediakit: micro-documentary episodes, filmed once and published everywhere."""

__version__ = "0.1.0"
