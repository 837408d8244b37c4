"""What a tier may not see was never written to its file, and cannot be worked out from what was."""

import numpy as np
import pandas as pd
import pytest

from data_pipelines import warehouse
from data_pipelines.publish import write_tier
from data_pipelines.staging import create
from data_pipelines.tables import TABLES, Tier, table

SITES = {"A1": 4, "A2": 30, "B1": 6, "B2": 5, "C1": 12}  # by district; its province is the letter


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The public file of a build with few sites in A1, in B1 and in B2; and the values that it must not hold."""
    rng = np.random.default_rng(1)
    months = pd.date_range("1500-01-01", periods=4800, freq="MS", unit="s")  # enough rows for DuckDB to write early
    units = [("adm2", d) for d in SITES] + [("adm1", p) for p in "ABC"] + [("cell", str(i)) for i in range(60)]
    values = pd.MultiIndex.from_product([["site_threat"], units, months], names=["layer", "at", "period"]).to_frame()
    values["unit"], values["unit_id"] = values["at"].str[0], values["at"].str[1]
    values = values.assign(value=np.repeat(rng.random(len(values) // 48), 48), n=7, status="ok").reset_index(drop=True)
    values = values.assign(low=values["value"], high=values["value"])
    counts = pd.concat(
        [
            pd.DataFrame({"unit": "adm2", "unit_id": list(SITES), "n": list(SITES.values())}),
            pd.DataFrame({"unit": "adm1", "unit_id": list("ABC"), "n": [34, 11, 12]}),
        ]
    ).assign(kind="health", status="ok")
    build = warehouse.connect()
    create(build)
    warehouse.insert(build, table("layer_values"), values)
    warehouse.insert(build, table("site_counts"), counts)
    build.execute(
        "INSERT INTO units SELECT unit, unit_id, 0, unit_id, CASE unit WHEN 'adm2' THEN unit_id[1] END, 'XTW', 1, "
        "NULL, 0, 0, ST_Point(0, 0) FROM (SELECT DISTINCT unit, unit_id FROM layer_values)"
    )
    path = tmp_path_factory.mktemp("tiers") / "public.duckdb"
    write_tier(build, path, Tier.public)
    return path, values


def test_a_withheld_value_was_never_on_the_disk(public):
    path, values = public
    hidden = values.loc[values["unit_id"] == "A1", "value"].to_numpy()
    shown = values.loc[values["unit_id"] == "A2", "value"].to_numpy()
    content = path.read_bytes()  # runs of one value stand in it as they are
    assert all(v.tobytes() in content for v in shown[::48])
    assert not any(v.tobytes() in content for v in hidden[::48])


def test_neither_a_few_sites_nor_a_total_less_the_others_is_given(public):
    connection = warehouse.connect(public[0], read_only=True)
    suppressed = {
        name: {(u, i) for u, i in connection.execute(
            f"SELECT DISTINCT unit, unit_id FROM {name} WHERE status = 'suppressed'"
        ).fetchall()}
        for name in ("layer_values", "site_counts")
    }  # fmt: skip
    districts = {("adm2", "A1"), ("adm2", "B1"), ("adm2", "B2")}
    # A less A2 is A1; B less nothing is B1 and B2 together, which are 11 sites.
    assert suppressed == {"layer_values": districts | {("adm1", "A")}, "site_counts": districts | {("adm1", "A")}}
    left = connection.execute(
        "SELECT count(*) FROM layer_values WHERE status = 'suppressed' AND coalesce(value, low, high, n) IS NOT NULL"
    ).fetchone()
    assert left == (0,)
    connection.close()


@pytest.mark.parametrize("each", TABLES.values(), ids=lambda each: each.name)
def test_an_id_made_of_a_native_id_is_in_no_lower_tier(each):
    # A node of OpenStreetMap is a place: who has the id has the coordinates.
    native = [c.tier for c in each.columns if c.name == "native_id"]
    made = [c.tier for c in each.columns if "native_id joined" in c.meaning]
    assert all(tier >= max(native) for tier in made)
