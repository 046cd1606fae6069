"""What changed between two states of a dataset, what each change is to its readers, and the version it asks for."""
