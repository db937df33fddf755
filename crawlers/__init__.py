"""The web side: sources, crawls, saved pages, and what is read out of them."""
