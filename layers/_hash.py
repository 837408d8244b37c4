"""Whole numbers that look random and depend on a text alone, the same on every machine and in every year."""

import numpy as np
from numpy.typing import NDArray

from layers._panel import Texts

Hashes = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def hashed(ids: Texts) -> Hashes:
    """Return FNV-1a of each id's characters."""
    found = np.full(len(ids), 0xCBF29CE484222325, np.uint64)
    if not len(ids):
        return found
    codes = ids.astype(str).view(np.uint32).reshape(len(ids), -1).astype(np.uint64)
    for column in codes.T:
        found = np.where(column == 0, found, (found ^ column) * np.uint64(0x100000001B3))
    return found


def mixed(state: Hashes) -> Hashes:
    """Return the finishing steps of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
