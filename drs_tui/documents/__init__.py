"""YAML files that people write, read so that every error has its line and column."""
