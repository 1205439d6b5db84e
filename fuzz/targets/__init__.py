"""What is fuzzed. A module of this package is a target: its docstring says what is tried and what has to hold, and
``attempt(data: bytes)`` tries it with ``data`` and raises if it doesn't hold.

Where inputs have a structure, the target is a property for Hypothesis, and ``attempt`` its ``fuzz_one_input``.
"""
