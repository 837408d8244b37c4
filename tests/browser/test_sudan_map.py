"""Sudan's map from the providers' files: the right colours in the right districts, month after month."""

import statistics

import pytest

from data_pipelines.edition import current
from data_pipelines.tables import Tier
from tests.browser.test_map import (  # noqa: F401 - fixtures are found by their names
    PAINTED,
    STEP,
    browser,
    expected,
    link,
    public,
    serve,
    shows,
    spots,
    visit,
)
from tests.test_sudan import workspace  # noqa: F401

pytestmark = pytest.mark.realdata
MONTHS = {"incident_intensity": ("2004-02", "2023-11"), "displacement_pressure": ("2024-10",), "priority": ("2023-12",)}
MANY = 12


@pytest.fixture(scope="module")
def demo_workspace(workspace):  # noqa: F811
    """Serve Sudan where the other tests serve the demo."""
    return workspace


def test_districts_have_the_colour_of_their_class(visit, demo_workspace):  # noqa: F811
    edition = current(demo_workspace, Tier.public)
    seen = set()
    for layer_id, periods in MONTHS.items():
        for period in periods:
            for spot in spots(edition, MANY)[:4]:
                status, colour = expected(edition, layer_id, spot, period)
                if status == "ok":
                    assert shows(visit(link(spot, layer=layer_id, period=period)), colour), (spot.name, period)
                    seen.add((layer_id, colour))
    assert len(seen) >= 5


def test_first_map_and_month_step(visit, record_property):  # noqa: F811
    page = visit(link(period="2023-06", camera=None))
    shown_ms = page.evaluate("performance.getEntriesByType('resource').filter(r => r.name.includes('.mvt'))"
                             ".reduce((last, r) => Math.max(last, r.responseEnd), 0)")  # fmt: skip
    page.evaluate(PAINTED)
    steps = [page.evaluate(STEP, act) for act in ["next"] * 12 + ["previous"] * 8]
    record_property("first_map_ms", shown_ms)
    record_property("month_step_ms_median", median := statistics.median(steps))
    print(f"first map {shown_ms:.0f} ms; month step {median:.0f} ms, at most {max(steps):.0f} ms")
    assert shown_ms < 20_000
    assert median < 800, steps
