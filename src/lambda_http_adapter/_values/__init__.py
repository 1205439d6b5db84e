"""What every layer holds: values, and the codecs they travel in."""

__version__ = "0.1.0"
