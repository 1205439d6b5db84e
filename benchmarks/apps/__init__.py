"""One app per module, named ``app``, so that a process imports only what it serves."""
