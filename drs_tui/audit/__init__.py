"""Where events go: stores, the chain that makes changes visible, and the single writer of a run."""
