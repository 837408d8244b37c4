import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from layers._layer import NO_CATEGORY, NO_DATA, OK, layers
from layers.change import (
    AGEING,
    BEFORE,
    CATEGORIES,
    MOST,
    NEW,
    NOW,
    P_VALUE,
    RATIO,
    RATIO_HIGH,
    RATIO_LOW,
    kinds,
)
from tests.layers.panels import FAMILIES, Record, World, explained, panel, worlds

LAYER = layers()["change"]
IDS = [category.id for category in CATEGORIES]


def measured(world, **overrides):
    return LAYER.compute(panel(world), LAYER.params(overrides), {})


def incidents(**by_month):
    """Return as many incidents of unit 0 in each month as told, ``m3=2`` for two in month 3."""
    return tuple(Record(((0, int(month[1:]), 1.0),)) for month, n in by_month.items() for _ in range(n))


def kind(values, month, unit=0):
    code = values.category[unit, month]
    return None if code == NO_CATEGORY else IDS[code]


def test_new_incidents_and_ageing_are_hand_worked():
    """Half a year halves: 4 of month 2 count 4 x 2^-1/2 in month 5 and 2 in month 8."""
    values = measured(World(records=incidents(m2=4, m8=3)))
    assert values.value[0, 5] == pytest.approx(4 * 2**-0.5 - 4)
    assert values.value[0, 8] == pytest.approx(3 + 2 - 4 * 2**-0.5)
    assert values.components[NEW][0, 5:9] == pytest.approx([0, 0, 0, 3])
    assert values.components[AGEING][0, 8] == pytest.approx(2 - 4 * 2**-0.5)
    assert values.components[NEW][0, 11] == 0
    assert values.value[0, 11] == pytest.approx((3 + 2) * (2**-0.5 - 1))


def test_half_life_and_how_long_before_can_be_set():
    values = measured(World(records=incidents(m2=4, m4=1)), half_life_months=1, lag_months=2)
    assert values.value[0, 4] == 1 + 4 * 2**-2 - 4
    assert values.components[NEW][0, 4] == 1


def test_later_months_of_an_incident_that_began_before_are_ageing():
    """As where the change between two days of knowledge is split."""
    values = measured(World(records=(Record(((0, 4, 0.5), (0, 7, 0.5))),)))
    now, then = 0.5 + 0.5 * 2**-0.5, 0.5
    assert values.value[0, 7] == pytest.approx(now - then)
    assert values.components[NEW][0, 7] == 0
    assert values.components[AGEING][0, 7] == pytest.approx(now - then)
    assert values.components[NEW][0, 6] == pytest.approx(0.5 * 2 ** (-1 / 3)), "it began after month 3"


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (0, 0, "no_incident"),
        (1, 0, "too_few"),
        (5, 0, "too_few"),
        (0, 5, "too_few"),
        (3, 2, "too_few"),
        (6, 0, "rise"),
        (0, 6, "fall"),
        (5, 1, "no_clear_change"),
        (8, 1, "rise"),
        (1, 8, "fall"),
        (8, 2, "no_clear_change"),
        (30, 10, "rise"),
        (30, 29, "no_clear_change"),
        (0.25, 0, "too_few"),
        (5.33, 0, "rise"),
    ],
)
def test_categories_are_those_of_the_exact_test(now, before, expected):
    assert IDS[kinds(np.array([float(now)]), np.array([float(before)]))[0]] == expected
    if now + before > 0 and isinstance(now, int):
        assert (expected in ("rise", "fall")) == (binomtest(now, now + before).pvalue <= 0.05)


def test_three_times_one_incident_is_too_few_to_tell_and_never_plus_200_percent():
    values = measured(World(records=incidents(m3=1, m7=3)))
    assert kind(values, 7) == "too_few"
    assert [values.components[name][0, 7] for name in (NOW, BEFORE, RATIO)] == [3, 1, 3]
    assert values.components[P_VALUE][0, 7] == pytest.approx(0.625)
    assert not any("%" in text for text in (LAYER.unit_of_value, LAYER.title, *(c.words for c in CATEGORIES)))


def test_the_ratio_stands_with_its_exact_interval():
    values = measured(World(records=incidents(m2=4, m5=12)))
    told = {name: values.components[name][0, 5] for name in (NOW, BEFORE, P_VALUE, RATIO, RATIO_LOW, RATIO_HIGH)}
    share = binomtest(12, 16).proportion_ci(0.95, "exact")
    assert told == pytest.approx(
        {
            NOW: 12,
            BEFORE: 4,
            P_VALUE: binomtest(12, 16).pvalue,
            RATIO: 3,
            RATIO_LOW: share.low / (1 - share.low),
            RATIO_HIGH: share.high / (1 - share.high),
        }
    )
    assert kind(values, 5) == "no_clear_change"


def test_a_ratio_without_an_end_is_cut_and_one_of_nothing_is_none():
    values = measured(World(records=incidents(m5=7)))
    told = [values.components[name][0, 5] for name in (RATIO, RATIO_HIGH)]
    assert told == [MOST, MOST]
    assert values.components[RATIO_LOW][0, 5] > 1
    assert np.isnan(values.components[RATIO][0, 23])
    assert values.components[P_VALUE][0, 23] == 1


def test_windows_are_equally_long_and_never_overlap():
    record = incidents(m0=1, m1=2, m2=4, m3=8, m4=16, m5=32)
    values = measured(World(records=record))
    assert [values.components[name][0, 5] for name in (NOW, BEFORE)] == [56, 7]
    year_ago = measured(World(records=record), lag_months=4, window_months=2)
    assert [year_ago.components[name][0, 5] for name in (NOW, BEFORE)] == [48, 3]
    short = measured(World(records=record), lag_months=1, window_months=12)
    assert [short.components[name][0, 5] for name in (NOW, BEFORE)] == [32, 16]


def test_there_is_no_value_until_both_windows_are_covered():
    values = measured(World(months=8))
    assert values.status[0].tolist() == [NO_DATA] * 5 + [OK] * 3
    assert (values.category[0] == [NO_CATEGORY] * 5 + [0] * 3).all()
    gap = measured(World(months=14, uncovered={"incidents": (0, 3)}))
    assert gap.status[0].tolist() == [NO_DATA] * 9 + [OK] * 5


def test_other_kinds_and_the_other_provider_are_not_counted():
    other = (Record(((0, 6, 1.0),), kind="attack_on_health"), Record(((0, 6, 1.0),), provider_rank=1)) * 6
    values = measured(World(records=other))
    assert values.value[0, 6] == values.n[0, 6] == 0
    assert kind(values, 6) == "no_incident"


def test_the_rows_are_new_incidents_above_zero_and_older_ones_below():
    of = panel(World(units=2, records=(*incidents(m3=1, m7=1), Record(((0, 7, 0.25), (1, 7, 0.75))))))
    rows = explained(of, "change", 0, 8)
    assert [(row.record_id, row.share) for row in rows] == [
        ("invented:001", 1.0), ("invented:000", 1.0), ("invented:002", 0.25),
    ]  # fmt: skip
    new, aged = 2 ** (-1 / 6), 2 ** (-5 / 6) - 2 ** (-2 / 6)
    assert [row.weight for row in rows] == pytest.approx([new, aged, new])
    assert explained(of, "change", 0, 4) == []


@given(worlds(), st.integers(1, 12), st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_value_parts_and_counts_are_those_read_aloud(world, lag, window):
    of = panel(world)
    values = LAYER.compute(of, LAYER.params({"lag_months": lag, "window_months": window}), {})
    window = min(window, lag)
    for unit, t in np.argwhere(values.status == OK):
        new = ageing = now = before = 0.0
        for record in world.records:
            if record.provider_rank or record.kind == "attack_on_health":
                continue
            began = min(month for _, month, *_ in (*record.parts, *record.near))
            for _, month, share in [part for part in record.parts if part[0] == unit and part[1] <= t]:
                grown = share * 2.0 ** (-(t - month) / 6)
                grown -= share * 2.0 ** (-(t - lag - month) / 6) if month <= t - lag else 0
                new, ageing = (new + grown, ageing) if began > t - lag else (new, ageing + grown)
                now += share * (t - window < month)
                before += share * (t - lag - window < month <= t - lag)
        assert values.value[unit, t] == pytest.approx(new + ageing, abs=1e-9)
        found = [values.components[name][unit, t] for name in (NEW, AGEING, NOW, BEFORE)]
        assert found == pytest.approx([new, ageing, now, before], abs=1e-9)
        assert values.components[NEW][unit, t] >= 0


@given(worlds())
@settings(deadline=None, max_examples=60)
def test_a_category_stands_where_there_is_a_value_and_agrees_with_the_counts(world):
    values = measured(world)
    assert ((values.category == NO_CATEGORY) == (values.status != OK)).all()
    now, before = values.components[NOW], values.components[BEFORE]
    for at in zip(*np.nonzero(values.status == OK), strict=True):
        found = IDS[values.category[at]]
        assert (found == "no_incident") == (now[at] + before[at] == 0)
        assert found != "rise" or values.components[RATIO_LOW][at] > 1
        assert found != "fall" or values.components[RATIO_HIGH][at] < 1


def band_world():
    uncertain = tuple(Record(((0, m, 0.3), (1, m, 0.7))) for m in (1, 4, 6, 6, 6, 9, 13) for _ in range(5))
    return World(units=3, months=20, records=(*uncertain, *incidents(m3=5, m9=2)))


def test_the_band_is_that_of_draws_of_places():
    """Between records all draws shrink alike; a record that was there in both months only ages in every draw."""
    values = measured(band_world())
    known = values.status == OK
    assert known[:, 5:].all()
    assert (values.low[:2] < values.value[:2])[known[:2]].all()
    assert (values.high[:2] > values.value[:2])[known[:2]].all()
    assert (values.low[2, 5:] == values.high[2, 5:]).all()
    chances = LAYER.chance(panel(band_world()), LAYER.params(), {}, 0.0)
    np.testing.assert_array_equal(np.isnan(chances), ~known)
    assert set(np.unique(chances[2, 5:])) == {0.0}
    for unit, month in np.argwhere(known):
        assert values.low[unit, month] <= 0 or chances[unit, month] > 0.94
        assert values.high[unit, month] > 0 or chances[unit, month] < 0.06


def test_the_band_is_that_of_all_draws_month_by_month():
    """Ends that are carried from month to month are those sought anew in each."""
    values = measured(band_world())
    of, params = panel(band_world()), LAYER.params()
    for month in (5, 7, 8, 11, 12, 13, 16, 19):
        for end, part in ((values.low, 94.5 / 99), (values.high, 4.5 / 99)):
            for unit in (0, 1):
                below = LAYER.chance(of, params, {}, end[unit, month] - 1e-5)[unit, month]
                above = LAYER.chance(of, params, {}, end[unit, month] + 1e-5)[unit, month]
                assert above < part < below


def test_no_family_but_incidents_matters():
    everything = {family: (slice(None), slice(None)) for family in FAMILIES if family != "incidents"}
    one, other = (
        measured(band_world()),
        measured(World(units=3, months=20, records=band_world().records, uncovered=everything)),
    )
    np.testing.assert_array_equal(one.value, other.value)


def test_the_band_holds_the_true_change_nine_times_in_ten():
    """In 600 pairs of units, each with 40 incidents known to the pair alone, and 20 known to lie in the one."""
    rng = np.random.default_rng(11)
    shape = (1200, 12)
    pair, month = np.repeat(np.arange(600), 40), rng.integers(0, 12, 24_000)
    chance = rng.integers(1, 16, 24_000) / 16
    lies = 2 * pair + (rng.random(24_000) >= chance)
    certain = [Record(((2 * n, int(m), 1.0),)) for n in range(600) for m in rng.integers(0, 12, 20)]
    unsure = [
        Record(((2 * n, m, p), (2 * n + 1, m, 1 - p)))
        for n, m, p in zip(pair.tolist(), month.tolist(), chance.tolist(), strict=True)
        if p < 1
    ]
    known = LAYER.compute(panel(World(*shape, records=(*certain, *unsure))), LAYER.params(), {})
    truth = [
        Record(((n, m, 1.0),)) for n, m, p in zip(lies.tolist(), month.tolist(), chance.tolist(), strict=True) if p < 1
    ]
    true = LAYER.compute(panel(World(*shape, records=(*certain, *truth))), LAYER.params(), {}).value
    first = slice(0, None, 2)  # the other unit of a pair has what the first has not
    held = (known.low <= true + 1e-9) & (true - 1e-9 <= known.high)
    for t in (6, 8, 11):
        assert 0.87 <= held[first, t].mean() <= 0.93
    assert 0.88 <= held[first, 5:].mean() <= 0.92
