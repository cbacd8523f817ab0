"""What a drill is: pure, frozen values without I/O, clock or third-party types."""
