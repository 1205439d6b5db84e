"""The command ``doctor``: what will go wrong on AWS, found before it does."""
