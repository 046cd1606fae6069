"""Raw web pages in, a typed, checked and versioned dataset out."""
