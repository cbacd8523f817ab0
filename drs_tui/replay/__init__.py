"""Playing back what a run recorded."""
