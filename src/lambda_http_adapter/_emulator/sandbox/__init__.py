"""The sandboxes: processes that run the function as Lambda does, and the Runtime API of each."""
