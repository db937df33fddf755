"""One search contract, two engines."""
