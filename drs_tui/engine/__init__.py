"""One run's life: guard, launch, watch, gate, verify, clean up, resume."""
