class Dropout(nn.Module):
    """Drops values at random while training; the same ones as Neurarium would, where `factors` makes them."""

    factors = None  # from a shape, a rate and the number of the layer: 0 or 1 / (1 - rate) for each value

    def __init__(self, rate, number):
        super().__init__()
        self.rate, self.number = rate, number

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        if Dropout.factors is None:
            return F.dropout(x, self.rate)
        return x * Dropout.factors(x.shape, self.rate, self.number).to(x.device)
