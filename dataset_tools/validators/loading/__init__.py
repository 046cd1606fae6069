"""What `loadable` reads and judges: the card, its configs and features, and the footers of the files."""
