"""Responses that leave as they are made: their bytes, their order, and what happens when either side breaks off."""
