"""The change between two days: its parts sum to it, and each record has the cause it should have."""

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_pipelines.build import build
from data_pipelines.causes import CAUSES, Map, split
from data_pipelines.diff import diff
from data_pipelines.edition import history
from data_pipelines.snapshot import add
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed, UsageError
from layers._layer import layers
from tests import world
from tests.command import forewatch
from tests.layers.panels import FIRST_MONTH, Record, World, figures, panel, records

ADDITIVE = ("incident_intensity", "civilian_harm", "site_threat", "displacement_pressure")
GROUND = date(2023, 1, 1)
FIRST_KNOWN, SECOND_KNOWN, REDRAWN = date(2023, 4, 15), date(2023, 7, 15), date(2023, 9, 1)


class Told:
    """An edition that is one invented panel, as far as the split asks for it."""

    def __init__(self, of, present, params, ground):
        self.of, self.present, self.ground = of, present, ground
        self.manifest = {"parameters": params}

    def panel(self, _unit):
        return self.of

    def units(self, _unit):
        return pd.DataFrame({"id": self.of.ids, "iso3": "XTW"})

    def query(self, name):
        if name == "ground_contents":
            return pd.DataFrame({"iso3": ["XTW", None], "content": [self.ground, "sites"]})
        rows = [(i, d, True, c) for i, d, c in self.present]
        return pd.DataFrame(rows, columns=["record_id", "date", "is_counted", "content"])


NOBODY = Record()


@st.composite
def two_editions(draw):
    """Draw two editions of one country: records stay, change, go or come, and months, ground and parameters differ."""
    units, months = draw(st.integers(1, 3)), draw(st.integers(1, 26))
    one, either = records(units, months), st.one_of(st.just(NOBODY), records(units, months))
    slots = draw(st.lists(st.one_of(st.tuples(one).map(lambda r: r * 2), st.tuples(either, either)), max_size=5))
    stocks = draw(st.lists(figures(units), max_size=4))
    persons = [tuple(draw(st.lists(st.sampled_from((40.0, 9e4)), min_size=units, max_size=units))) for _ in range(2)]
    params = [
        {name: layers()[name].params({"half_life_months": draw(st.integers(1, 12))}) for name in ADDITIVE[:3]}
        | {"displacement_pressure": layers()["displacement_pressure"].params()}
        for _ in range(2)
    ]
    sides = []
    for side in range(2):
        made = World(
            units=units, months=months, records=tuple(slot[side] for slot in slots),
            figures=tuple(stocks[: len(stocks) - side]), persons=persons[side],
        )  # fmt: skip
        of = panel(made)
        held = [
            (of.incidents.id[n], of.incidents.date[n], repr(slot[side]))
            for n, slot in enumerate(slots)
            if slot[side].parts
        ]
        held += [(of.stocks.id[n], of.stocks.day[n], "figure") for n in range(len(of.stocks.id))]
        sides.append(Told(of, held, params[side], draw(st.sampled_from(("v01", "v02")))))
    first = draw(st.integers(0, months - 1))
    return sides, (first, draw(st.integers(first, months - 1)))


@given(two_editions(), st.sampled_from(ADDITIVE))
@settings(max_examples=100)
def test_the_parts_of_every_unit_sum_to_its_change(drawn, name):
    (before, after), months = drawn
    chosen = layers()[name]
    parts = split(
        *(Map(side, str(FIRST_MONTH + month)) for side, month in zip((before, after), months, strict=True)),
        chosen,
        "adm2",
    )
    values = [
        chosen.compute(side.of, side.manifest["parameters"][name], {}).value[:, month]
        for side, month in zip((before, after), months, strict=True)
    ]
    parts = parts.reindex(before.of.ids).fillna(0.0)
    if name == "displacement_pressure":  # a unit without a round has no value, and no record that bears on one
        values = [np.nan_to_num(value) for value in values]
    np.testing.assert_allclose(parts[list(CAUSES)].sum(axis=1), values[1] - values[0], rtol=1e-9, atol=1e-9)
    old, new = ({i: c for i, _, c in side.present} for side in (before, after))
    if all(new.get(i) == c for i, c in old.items()):
        assert (parts[["revised", "deleted"]] == 0).all(axis=None)
    if set(new) <= set(old):
        assert (parts["late_reported"] == 0).all()
    if before.manifest == after.manifest:
        assert (parts["parameter"] == 0).all()
    if before.ground == after.ground:
        assert (parts["boundary"] == 0).all()


def moved_border(folder):
    """Write the districts with the border between the last two further west, so that event 4 changes district."""
    path = world.write_areas(folder, 2)
    found = json.loads(path.read_text())
    for feature in found["features"]:
        code, ring = feature["properties"]["adm2_pcode"], feature["geometry"]["coordinates"][0]
        if code in {"XT0201", "XT0202"}:
            feature["geometry"]["coordinates"][0] = [[31.1 if x == 31.5 else x, y] for x, y in ring]
            feature["properties"]["version"] = "v02"
    path.write_text(json.dumps(found))
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two vintages of events, then two of boundaries; the edition of today is current."""
    raw, made = tmp_path_factory.mktemp("raw"), Workspace(tmp_path_factory.mktemp("workspace"))
    for source, path in (
        ("cod_ab", world.write_areas(raw, 1)),
        ("cod_ab", world.write_areas(raw, 2)),
        ("cod_ps", world.write_population(raw)),
        ("osm_sites", world.write_sites(raw)),
    ):
        add(made, source, path, world.ISO3, GROUND)
    gone = world.event(50, "2023-02-10", 30.2, 10.4)
    early = [e for e in world.EVENTS if e["date_start"] < "2023-04" and e["id"] != 2]
    add(made, "ucdp_ged", world.write_events(raw, [gone, *early]), world.ISO3, FIRST_KNOWN)
    moved = [world.event(1, "2023-01-10", 30.7, 10.4) if e["id"] == 1 else e for e in world.EVENTS]
    add(made, "ucdp_ged", world.write_events(raw, moved), world.ISO3, SECOND_KNOWN)
    add(made, "cod_ab", moved_border(raw), world.ISO3, REDRAWN)
    build(made, None, lambda _: None)
    return made


def told(home, first, second, layer="incident_intensity", unit="adm2"):
    found = diff(home, str(first), str(second), layer, unit, lambda _: None)
    changes = {row["id"]: row for row in found["changes"]}
    if not found["not_additive"]:
        for row in found["changes"]:
            assert math.fsum(row["parts"].values()) == pytest.approx(row["change"], abs=1e-9)
            assert (row["to"] or 0) - (row["from"] or 0) == pytest.approx(row["change"], abs=1e-12)
        total = found["totals"]
        assert math.fsum(total["parts"].values()) == pytest.approx(total["change"], abs=1e-9)
    return found, changes


def decayed(*months):
    return sum(2 ** (-m / 6) for m in months)


def causes(row):
    return {cause: part for cause, part in row["parts"].items() if part}


def test_each_record_has_its_cause(home):
    """March to June: 1 moves to the next district, 2 is reported late, 50 is gone, 6 and 9 happen, the rest ages."""
    found, changes = told(home, "2023-05-01", "2023-08-01")
    assert (found["from"]["month"], found["to"]["month"]) == ("2023-03", "2023-06")
    assert causes(changes["XT0101"]) == pytest.approx(
        {"revised": -decayed(2), "deleted": -decayed(1), "new": decayed(2)}
    )
    over_two_months = decayed(4, 3) / 2 - decayed(1, 0) / 2
    assert causes(changes["XT0102"]) == pytest.approx(
        {"revised": decayed(2), "ageing": decayed(5) - decayed(2) + over_two_months, "late_reported": decayed(5)}
    )
    assert causes(changes["XT0202"])["new"] == 1
    assert set(causes(changes["XT0202"])) == {"new", "ageing"}
    assert changes["XT0101"]["records"] == 3


def test_kinds_of_units_change_by_the_same_sum(home):
    sums = [
        told(home, "2023-05-01", "2023-08-01", unit=unit)[0]["totals"]["change"] for unit in ("adm1", "adm2", "cell")
    ]
    assert sums == pytest.approx([sums[0]] * 3, abs=1e-9)


@pytest.mark.parametrize("layer", ["civilian_harm", "site_threat"])
def test_other_layers_that_add_up_are_split_too(home, layer):
    found, _ = told(home, "2023-05-01", "2023-08-01", layer)
    assert found["totals"]["parts"]["deleted"] < 0
    assert found["totals"]["parts"]["new"] >= 0


def test_a_border_that_moves_takes_records_with_it_and_nothing_else(home):
    found, changes = told(home, "2023-08-01", "2023-09-01")
    assert set().union(*(causes(row) for row in found["changes"])) == {"boundary"}
    assert found["totals"]["parts"]["boundary"] == pytest.approx(0, abs=1e-9)
    assert changes["XT0201"]["parts"]["boundary"] != 0


def test_a_day_compared_with_itself_changes_nothing(home):
    found, _ = told(home, "2023-08-01", "2023-08-01")
    assert found["changes"] == []
    assert found["totals"]["change"] == 0


def test_a_layer_that_does_not_add_up_has_no_parts_and_says_why(home):
    found, _ = told(home, "2023-05-01", "2023-08-01", "priority")
    assert "other layers" in found["not_additive"]
    assert all(row["parts"] is None and row["change"] is not None for row in found["changes"])
    assert found["totals"]["parts"] is None


def test_days_are_built_beside_and_never_become_current(home):
    current = history(home.pointer)
    told(home, "2023-05-01", "2023-08-01")
    beside = {path.name for path in home.replays.iterdir()}
    assert history(home.pointer) == current
    assert len(current) == 1
    assert 2 <= len(beside) <= 4
    assert {path.name for path in home.editions.iterdir()} == {*current}


def test_another_half_life_is_a_change_of_parameters(home):
    before = history(home.pointer)[0]
    settings_file = home.root / "forewatch.toml"
    settings_file.write_text("[layers.incident_intensity]\nhalf_life_months = 12\n")
    try:
        after = build(home, None, lambda _: None)["edition"]
        found, _ = told(home, before, after)
    finally:
        settings_file.unlink()
    assert found["from"] == {"asked": before, "edition": before, "month": found["to"]["month"]}
    assert {cause for cause, part in found["totals"]["parts"].items() if part} == {"parameter"}
    assert found["totals"]["change"] > 0


def test_what_cannot_be_compared_is_said(home):
    with pytest.raises(UsageError, match="neither a date"):
        told(home, "yesterday", "2023-08-01")
    with pytest.raises(UsageError, match="There is no edition 'abcdefabcdef'"):
        told(home, "abcdefabcdef", "2023-08-01")
    with pytest.raises(UsageError, match="swap them"):
        told(home, "2023-08-01", "2023-05-01")
    with pytest.raises(UsageError, match="no layer 'nonsense'"):
        told(home, "2023-05-01", "2023-08-01", "nonsense")


def test_values_that_records_do_not_make_are_refused(home, monkeypatch):
    of = layers()["incident_intensity"]
    monkeypatch.setattr("data_pipelines.diff.layer", lambda _: replace(of, explain=lambda *_: []))
    with pytest.raises(CheckFailed, match="built by another version"):
        told(home, "2023-05-01", "2023-08-01")


def test_the_command_gives_a_table_and_one_document(home):
    days = ("--from", "2023-05-01", "--to", "2023-08-01")
    ran = forewatch("diff", *days, "--json", workspace=home.root)
    assert ran.code == 0
    assert {row["id"] for row in ran.document["changes"]} == {*world.DISTRICTS}
    ran = forewatch("diff", *days, workspace=home.root)
    assert "late_reported: happened by the end of the first month" in ran.out
    assert "XT0202" in ran.out
