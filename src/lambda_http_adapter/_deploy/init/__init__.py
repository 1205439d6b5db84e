"""The command ``init``: a small, tested project, or the infrastructure of one that exists."""
