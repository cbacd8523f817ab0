"""What stands in the way of a launch: pure functions over what AWS said, one subject a file."""
