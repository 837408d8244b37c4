"""The one door to the network: what sources fetch with, what it may cost, and what counts as received."""
