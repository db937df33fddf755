"""How the encoder is made: PyTorch and the other packages of the `train` extra are needed only here."""
