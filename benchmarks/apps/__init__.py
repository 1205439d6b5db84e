"""One app each, as ``app``: a process imports nothing that it doesn't serve."""
