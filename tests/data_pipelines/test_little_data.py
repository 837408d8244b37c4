"""Builds from little: what is missing is said to be missing, is never 0, and never stops the rest."""

from datetime import date

import pytest

from data_pipelines.build import build
from data_pipelines.edition import current
from data_pipelines.snapshot import add
from data_pipelines.tables import Tier
from data_pipelines.workspace import Workspace
from geo.errors import UsageError
from tests import world


@pytest.fixture
def home(tmp_path):
    """A workspace with boundaries alone."""
    home = Workspace(tmp_path / "workspace")
    for level in (1, 2):
        add(home, "cod_ab", world.write_areas(tmp_path, level), world.ISO3, world.KNOWN_AT)
    return home


def built(home):
    build(home, None, lambda _: None)
    return current(home.root, Tier.confidential)


def statuses(edition, layer, unit="adm2"):
    rows = edition.values(layer, unit).groupby("id")["status"].unique()
    return {unit_id: set(found) for unit_id, found in rows.items()}


def test_boundaries_alone_make_an_edition_without_months(home):
    edition = built(home)
    assert edition.periods() == []
    assert edition.matrix("priority", "adm2")[0].shape == (4, 0)
    with pytest.raises(UsageError, match="no month '2023-01'"):
        edition.values("priority", "adm2", period="2023-01")
    with pytest.raises(UsageError, match="no months"):
        edition.values("priority", "adm2")


def test_sites_alone_make_an_edition_without_months(home, tmp_path):
    add(home, "osm_sites", world.write_sites(tmp_path), world.ISO3, world.KNOWN_AT)
    edition = built(home)
    assert edition.periods() == []
    assert len(edition.fetch("FROM sites")) == 17


def test_incidents_of_a_country_that_is_not_mapped_are_kept_and_cover_nothing(home, tmp_path):
    abroad = world.event(1, "2023-01-10", 15.0, -5.0, iso3="XFO", country="Foreign land")
    add(home, "ucdp_ged", world.write_events(tmp_path, [abroad]), None, world.KNOWN_AT)
    edition = built(home)
    assert edition.periods() == []
    assert edition.manifest["unplaced"] == {"incidents: outside every mapped area": 1}


def test_months_between_two_releases_are_not_covered(home, tmp_path):
    yearly = [world.event(1, "2022-05-01", 30.2, 10.4), world.event(2, "2023-01-10", 30.2, 10.4)]
    candidate = [world.event(3, "2024-03-10", 30.2, 10.4)]
    for name, events in (("yearly", yearly), ("candidate", candidate)):
        (tmp_path / name).mkdir()
        rows = [{key: value for key, value in event.items() if key != "iso3"} for event in events]  # as UCDP gives them
        add(home, "ucdp_ged", world.write_events(tmp_path / name, rows), world.ISO3, world.KNOWN_AT)
    edition = built(home)
    found = edition.values("incident_intensity", "adm2", "XT0101").set_index("period")["status"]
    assert found.loc["2023-12":"2024-03"].tolist() == ["ok", "no_data", "no_data", "ok"]
    told = edition.manifest["sources"]["ucdp_ged"]
    assert told["gaps"] == [{"iso3": world.ISO3, "first": "2024-01-01", "last": "2024-02-29"}]
    assert (told["known_through"], told["cadence_days"]) == ("2024-03-10", 365)


def without(path, code):
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if code not in line))
    return path


def test_a_district_without_population_is_no_data_and_the_others_are_counted(home, tmp_path):
    add(home, "cod_ps", without(world.write_population(tmp_path), "XT0202"), world.ISO3, world.KNOWN_AT)
    add(home, "ucdp_ged", world.write_events(tmp_path), world.ISO3, world.KNOWN_AT)
    edition = built(home)
    assert statuses(edition, "population_exposure") == {
        "XT0101": {"ok"}, "XT0102": {"ok"}, "XT0201": {"ok"}, "XT0202": {"no_data"}
    }  # fmt: skip
    assert statuses(edition, "population_exposure", "adm1") == {"XT01": {"ok"}, "XT02": {"no_data"}}
    assert edition.values("population_exposure", "adm2", "XT0101", "2023-01")["value"].item() > 0


def test_a_country_that_no_raster_reaches_has_no_known_population(home, tmp_path):
    add(home, "worldpop", world.write_raster(tmp_path, west=60), "XFO", world.KNOWN_AT)
    add(home, "ucdp_ged", world.write_events(tmp_path), world.ISO3, world.KNOWN_AT)
    edition = built(home)
    assert edition.units("adm2")["persons"].isna().all()
    assert statuses(edition, "population_exposure") == {unit_id: {"no_data"} for unit_id in world.DISTRICTS}


def test_a_province_without_a_shape_of_its_own_goes_by_its_code(tmp_path):
    home = Workspace(tmp_path / "workspace")
    add(home, "cod_ab", world.write_areas(tmp_path, 2), world.ISO3, date(2024, 1, 1))
    assert built(home).units("adm1")["name"].tolist() == ["XT01", "XT02"]
