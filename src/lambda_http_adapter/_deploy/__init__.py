"""From a laptop to AWS: the commands ``init``, ``build`` and ``doctor``. No deployed function loads it."""
