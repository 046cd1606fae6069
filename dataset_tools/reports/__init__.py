"""A report as text: a module for each format."""
