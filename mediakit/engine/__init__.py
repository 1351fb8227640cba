"""Plans and runs graphs of steps: content keys, a cache, executors, publishing. Knows nothing of media."""
