"""Arguments in, words out: the only package that prints or exits."""
