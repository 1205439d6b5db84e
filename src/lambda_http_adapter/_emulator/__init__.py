"""AWS's side of every origin, for tests and local development: may import anything, is never loaded on Lambda.

What stands here follows AWS's documents and recordings, never the decoders in ``origins``, whose oracle it is.
"""
