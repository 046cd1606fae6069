"""Readers of pages: a module for each kind of source."""
