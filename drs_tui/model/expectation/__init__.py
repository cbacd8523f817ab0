"""What to expect of a job under way: how long each phase takes, and so what happens when."""
