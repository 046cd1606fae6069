"""A first Table Schema from a file that is there: its rows, their Arrow types, the words of a schema."""
