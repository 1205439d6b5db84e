"""The commands `invoke`, `event`, `replay` and `compare`: single requests, without a server."""
