"""Where a package is published: a module for each URL scheme."""
