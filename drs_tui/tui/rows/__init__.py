"""What screens show, as pure functions of what is known."""
