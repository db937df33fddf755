"""One spider a kind of site."""
