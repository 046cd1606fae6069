"""What maps a function over units or shards: a module each, with `run`."""
