"""Apps that are in trouble on Lambda: docs/troubleshooting.md has the remedies."""
