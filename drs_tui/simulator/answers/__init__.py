"""What a Region holds, in the shapes and value forms of the service's answers."""
