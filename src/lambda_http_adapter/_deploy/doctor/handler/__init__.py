"""The function's handler: what its setting names, its import, and what that says."""
