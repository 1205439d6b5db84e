"""AWS's side of every front door, for tests and local development. It may import anything: Lambda never loads it.

It follows AWS's documentation and recorded events, not the decoders in ``origins``, which are tested against it.
"""
