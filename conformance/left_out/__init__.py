"""Modules that tests import and their source distribution leaves out, written from what the tests do with them."""
