"""The state of a run, which is nothing but a fold over its events."""
