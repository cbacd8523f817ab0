"""How each group of events changes the state of a run."""
