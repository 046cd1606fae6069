"""Judges: the table (Pandera, before writing), the package (Frictionless, before publishing), and loadability."""
