"""Where a run screen gets its states from."""
