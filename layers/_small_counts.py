"""Few incidents: how many there are in a window of months, and what so few can tell of a ratio of two numbers.

Given the sum of two counts that are equally likely to grow, each is binomial with a chance of one half. Counts need
not be whole, as a record that may lie in several units counts in each with its share: sums of binomial chances are
values of the incomplete beta function, which has values between whole numbers too.
"""

import numpy as np
from scipy.special import betainc, betaincinv

from layers._decay import Parts
from layers._panel import Bools, Floats

SIGNIFICANT = 0.05
TINY = 1e-300


def in_window(of: Parts, window: int, shape: tuple[int, int]) -> Floats:
    """Return the sum of the records' shares in each month and those before it in the window; units x months."""
    cell = of.unit * shape[1] + of.period
    monthly = np.bincount(cell, of.share, shape[0] * shape[1]).astype(np.float64, copy=False)
    return trailing(monthly.reshape(shape), window)


def trailing(monthly: Floats, window: int) -> Floats:
    """Return sums over each month and those before it in the window; exact, as shares are multiples of 2^-26."""
    total = np.cumsum(monthly, axis=1)
    total[:, window:] -= total[:, :-window].copy()
    return total


def exact_p(one: Floats, other: Floats) -> Floats:
    """Return the two-sided exact p of two counts being one as likely to grow as the other; 1 where both are 0.

    Of the binomial distribution with chance 1/2 both tails are alike, so that p is twice the chance of a count no
    larger than the smaller of the two; of whole numbers it is that of `scipy.stats.binomtest`.
    """
    fewer, more = np.minimum(one, other), np.maximum(one, other)
    return np.where(more > 0, np.minimum(2 * betainc(np.maximum(more, TINY), fewer + 1, 0.5), 1), 1.0)


def can_tell(both: Floats) -> Bools:
    """Return where a sum of two counts is large enough that some split of it would be significant: from 6 up.

    The most uneven split has p = 2 x (1/2)^n, which is 0.0625 for 5 and 0.03125 for 6.
    """
    return np.asarray(both >= 1 - np.log2(SIGNIFICANT))


def ratio_interval(ours: Floats, theirs: Floats, most: float, tail: float) -> tuple[Floats, Floats]:
    """Return the lower and the upper end of the exact interval of theirs / ours, cut at `most`.

    Given their sum, the other count is binomial, and Clopper and Pearson's ends of its share are quantiles of beta
    distributions: Beta(theirs, ours + 1) and Beta(theirs + 1, ours).

    Parameters
    ----------
    ours, theirs
        Counts of equal shape, not negative.
    most
        What a larger ratio, or one against nothing, is given as.
    tail
        Chance left out on either side: 0.05 for an interval of 90 %.
    """
    low, high = np.zeros(theirs.shape), np.ones(ours.shape)
    betaincinv(theirs, ours + 1, tail, out=low, where=theirs > 0)  # half a microsecond each
    betaincinv(theirs + 1, ours, 1 - tail, out=high, where=ours > 0)
    return _ratio(low, most), _ratio(high, most)


def _ratio(share: Floats, most: float) -> Floats:
    """Return the ratio of two counts from the share of the one in both, cut at `most`."""
    return np.where(share * (1 + most) >= most, most, share / np.maximum(1 - share, TINY))
