"""Which rows could be wrong: polars expressions that are true wherever Frictionless could find an error."""
