"""Table Schema → the words of one library: a module each, with one pure function from Schema."""
