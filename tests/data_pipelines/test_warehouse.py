"""Every door to a database opens the same way, also the second one to the same file."""

import duckdb
import pytest

from data_pipelines import warehouse

DEGREE_AT_60_NORTH = "SELECT ST_Distance_Sphere(ST_Point(0, 60), ST_Point(1, 60))"


@pytest.fixture
def doors(tmp_path):
    """A connection, another to the same file while it is open, and a cursor of each."""
    path = tmp_path / "some.duckdb"
    warehouse.connect(path).close()
    first = warehouse.connect(path, read_only=True, threads=1)
    second = warehouse.connect(path, read_only=True, threads=1)
    yield first, second, first.cursor(), second.cursor()
    second.close()
    first.close()


def test_longitude_comes_first_behind_every_door(doors):
    for door in doors:
        assert door.execute(DEGREE_AT_60_NORTH).fetchone()[0] == pytest.approx(55_597, abs=1)


@pytest.mark.parametrize(
    "statement", ["SET enable_external_access = true", "SELECT * FROM read_text('/etc/hostname')", "SET threads = 2"]
)
def test_what_is_locked_stays_locked_behind_every_door(doors, statement):
    for door in doors:
        with pytest.raises(duckdb.Error):
            door.execute(statement)


def test_a_door_to_one_file_leads_to_no_other(tmp_path):
    one, other = tmp_path / "it's one.csv", tmp_path / "other.csv"
    for path in (one, other):
        path.write_text("a,b\n1,2\n")
    with warehouse.connect_to_file(one) as door:
        assert door.execute("FROM read_csv($path)", {"path": str(one)}).fetchall() == [(1, 2)]
        for statement in (f"FROM '{other}'", f"COPY (SELECT 1) TO '{other}'", "SET enable_external_access = true"):
            with pytest.raises(duckdb.Error):
                door.execute(statement)
