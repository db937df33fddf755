"""The demonstration: six invented outlets of one province on loopback, and a file of citizens' tickets."""
