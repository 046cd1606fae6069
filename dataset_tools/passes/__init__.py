"""The four passes of a build: convert, index, write, verify."""
