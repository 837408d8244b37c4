"""What is more, or less, than some months before: of matrices, and of what comes to draws month by month.

A draw puts a record into the same unit in both months, so that of a record that was there in both only its ageing is
uncertain. Draws are subtracted first and summarised last.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from layers._panel import Floats, Ints

Came = tuple[Ints, Floats]
"""Rows that something came to, in order, and what came to each of them: rows x draws."""


def earlier(matrix: Floats, lag: int) -> Floats:
    """Return what a matrix (units x months) was `lag` months before; 0 before the first month."""
    found = np.zeros(matrix.shape)
    found[:, lag:] = matrix[:, : max(matrix.shape[1] - lag, 0)]
    return found


def since(matrix: Floats, lag: int) -> Floats:
    """Return a matrix (units x months) less what it was `lag` months before; with no lag the matrix itself."""
    return matrix - earlier(matrix, lag) if lag else matrix


def less_earlier(months: Iterable[Came], lag: int) -> Iterator[Came]:
    """Yield what came in each month, less what came `lag` months before; with no lag what came.

    A decayed sum of it is the decayed sum of what came less what that was `lag` months before.
    """
    recent: deque[Came] = deque()
    for came in months:
        if lag:
            recent.append(came)
        yield _less(came, recent.popleft()) if len(recent) > lag else came


def _less(came: Came, old: Came) -> Came:
    rows = np.sort(np.r_[came[0], old[0]])
    rows = rows[np.r_[True, rows[1:] != rows[:-1]][: len(rows)]]
    both = np.zeros((len(rows), came[1].shape[1]))
    both[np.searchsorted(rows, came[0])] = came[1]
    both[np.searchsorted(rows, old[0])] -= old[1]
    return rows, both
