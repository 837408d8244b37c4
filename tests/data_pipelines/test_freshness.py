from datetime import date, timedelta

import pytest

from data_pipelines.freshness import freshness

KNOWN = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "fresh"), (30, "fresh"), (31, "due"), (45, "due"), (46, "overdue"), (60, "overdue"), (61, "delinquent")],
)
def test_states_follow_the_products_own_cadence(days, state):
    assert freshness(KNOWN, KNOWN + timedelta(days), 30) == state


def test_a_product_issued_once_is_always_fresh():
    assert freshness(KNOWN, date(2099, 1, 1), 0) == "fresh"
