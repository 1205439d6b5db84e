"""The command `dev`: one front door over HTTP, its sandboxes, the status page and the terminal output."""
