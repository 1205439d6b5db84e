"""What is uploaded: how it is read, and the checks of its files."""
