"""Deaths of civilians as layers count them."""

import numpy as np

from layers._decay import counted
from layers._draws import Deaths
from layers._panel import Incidents


def deaths(incidents: Incidents) -> Deaths:
    """Return deaths of civilians per incident; 0 where it is not counted or gives no figure.

    Where a record gives no bound, its best figure is the bound.
    """
    best = np.where(counted(incidents), np.nan_to_num(incidents.deaths_civilians), 0.0)
    known = counted(incidents) & ~np.isnan(incidents.deaths_civilians)
    low = np.where(known, np.fmin(incidents.deaths_civilians_low, best), 0.0)
    high = np.where(counted(incidents), np.fmax(incidents.deaths_civilians_high, best), 0.0)
    return Deaths(low, best, high)
