"""The front doors: the event that each one sends, what it makes of the result, and its limits."""
