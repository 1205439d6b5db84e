"""Values that every layer uses, and their codecs."""

__version__ = "0.1.0"
