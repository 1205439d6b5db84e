"""Applications of others behind each front door, compared with the same applications behind their own servers."""
