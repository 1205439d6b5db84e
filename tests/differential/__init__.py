"""The same events through this package and through its peers: every difference has a name and a reason."""
