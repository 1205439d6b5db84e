"""What a template says of a function, and the checks of it."""
