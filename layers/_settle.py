"""The promise of `status`, kept in one place: a number where there is a value, and nothing where there is none."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from layers._layer import NO_DATA, OK, STALE, Values
from layers._panel import Bools, Floats, Ints

BLOCK = 1024


class Components(Mapping[str, Floats]):
    """Matrices that explain a value, by name, each computed when it is asked for.

    A build stores none of them, and those of one layer over 65,000 cells x 420 months take 0.9 GB.

    Parameters
    ----------
    formulas
        Each returns a new matrix, units x months.
    gone
        Where there is no value, hence NaN.
    """

    def __init__(self, formulas: Mapping[str, Callable[[], Floats]], gone: Bools) -> None:
        self._formulas = formulas
        self._gone = gone

    def __getitem__(self, name: str) -> Floats:
        """Return one matrix, new each time."""
        matrix = self._formulas[name]()
        matrix[self._gone] = np.nan
        return matrix

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._formulas)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._formulas)


def covered_status(covered: Bools) -> NDArray[np.uint8]:
    """Return OK where the sources speak and NO_DATA elsewhere."""
    return np.where(covered, np.uint8(OK), np.uint8(NO_DATA))


def per(value: Floats, size: Floats) -> Floats:
    """Return a value (units x months) per size of its unit; NaN where the size is unknown or 0.

    Zeros are not written, so that units where nothing happened cost no memory.
    """
    known = size > 0
    rate = np.zeros(value.shape)
    np.divide(value, size[:, None], out=rate, where=known[:, None] & (value != 0))
    rate[~known] = np.nan
    return rate


def settled(
    status: NDArray[np.uint8],
    band: tuple[Floats, Floats, Floats],
    n: Ints,
    components: Mapping[str, Callable[[], Floats]],
) -> Values:
    """Return Values with NaN, and n = 0, wherever the status says that there is no value.

    Parameters
    ----------
    status
        One of `STATUSES` per unit and month.
    band
        Value, low and high, units x months; changed in place, like `n`.
    n
        Records that bear on the value.
    components
        How to compute each component.
    """
    gone = (status != OK) & (status != STALE)
    for first in range(0, len(gone), BLOCK):
        rows = slice(first, first + BLOCK)
        if gone[rows].any():
            for matrix in band:
                np.copyto(matrix[rows], np.nan, where=gone[rows])
            if n[rows].any():  # zeros that nothing is written over cost no memory
                np.copyto(n[rows], 0, where=gone[rows])
    return Values(*band, n=n, status=status, components=Components(components, gone))
