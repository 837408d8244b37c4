"""When it happened, when it was known: any order of receipt gives one edition, any past day can be built again."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from data_pipelines import snapshot, warehouse
from data_pipelines._source import source
from data_pipelines.build import build
from data_pipelines.edition import Edition, current
from data_pipelines.plan import edition_id, plan
from data_pipelines.snapshot import add, newest, read
from data_pipelines.tables import TABLES, Tier
from data_pipelines.workspace import Workspace
from geo.errors import UsageError
from tests import world

MARCH, APRIL = date(2024, 3, 1), date(2024, 4, 1)


def quiet(_):
    pass


pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(monkeypatch):
    """Read files without isolation, which takes a fork each, and each file once."""

    @cache
    def parse(name, _digest, raw):
        return source(name).parse(raw)

    def parse_all(files, **_):
        return [parse(name, snapshot.sha256_of(raw.path), raw) for name, raw in files]

    monkeypatch.setattr(snapshot, "parse_all", parse_all)


def more(n, **other):
    """Return the events of the invented country and more of them, one a day."""
    days = [(date(2023, 1, 1) + timedelta(i)).isoformat() for i in range(n)]
    return [*world.EVENTS, *(world.event(100 + i, day, 30.2, 10.4, **other) for i, day in enumerate(days))]


def write(path, rows):
    """Write events to a file of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return world.write_events(path.parent, rows).rename(path)


def fifty(folder):
    """Return 50 files with the day each was known: many vintages, some of them of one day."""
    files = [("cod_ab", world.write_areas(folder, level), world.ISO3, MARCH) for level in (1, 2)]
    files += [
        (
            "ucdp_ged",
            write(folder / f"ged{i}.csv", more(40 + i, best=1 + i % 2, high=9)),
            world.ISO3,
            MARCH + timedelta(i // 3),
        )
        for i in range(40)
    ]
    for i in range(8):
        figures = [(n, f"2023-0{n}-15", code, 10 * n + i) for n in range(1, 9) for code in world.DISTRICTS]
        path = world.write_displacement(folder, figures).rename(folder / f"dtm{i}.csv")
        files.append(("iom_dtm", path, world.ISO3, MARCH + timedelta(i // 2)))
    return files


def test_fifty_snapshots_in_any_order_any_number_of_times_are_one_edition(tmp_path):
    files, found = fifty(tmp_path), set()
    assert len(files) == 50
    for seed in range(3):
        order = list(files)
        random.Random(seed).shuffle(order)
        home = Workspace(tmp_path / f"workspace{seed}")
        for name, path, iso3, known_at in [*order, *order[:10]]:
            add(home, name, path, iso3, known_at)
        assert len(list(home.snapshots.glob("*/*/receipt.json"))) == 50
        planned = plan(home, None)
        found.add((edition_id(planned), tuple(r.snapshot for r in planned.receipts)))
    assert len(found) == 1


def test_of_one_day_the_file_that_reaches_further_is_read_then_the_longer_one(tmp_path):
    home = Workspace(tmp_path / "workspace")
    late = [*more(20), world.event(900, "2023-12-30", 30.2, 10.4)]
    files = {"late": late, "long": more(60), "short": more(50), "same": more(60, deaths_unknown=1, best=2, high=2)}
    kept = {}
    for name in ("late", "short", "long"):
        kept[name] = add(home, "ucdp_ged", write(tmp_path / f"{name}.csv", files[name]), world.ISO3, MARCH)
    assert kept["late"].notes == ()
    assert f"builds read {kept['late'].snapshot}, which reaches furthest; delete" in kept["long"].notes[-1]
    assert "Of the 3 snapshots of ucdp_ged" in kept["long"].notes[-1]
    other = Workspace(tmp_path / "other")
    for name in ("long", "short", "same"):
        kept[name] = add(other, "ucdp_ged", write(tmp_path / f"{name}.csv", files[name]), world.ISO3, MARCH)
    assert "has the greatest sha256" in kept["same"].notes[-1]
    assert newest(other, APRIL)[0].sha256 == max(kept["long"].sha256, kept["same"].sha256)
    assert read(other.snapshots / kept["same"].snapshot).notes == ()


def test_without_a_day_the_last_one_received_is_read(tmp_path):
    home = Workspace(tmp_path / "workspace")
    add(home, "ucdp_ged", write(tmp_path / "long.csv", more(60)), world.ISO3, None)
    last = add(home, "ucdp_ged", write(tmp_path / "short.csv", more(50)), world.ISO3, None)
    assert "was received last" in last.notes[-1]
    today = datetime.now(UTC).date()
    assert newest(home, today)[0].snapshot == last.snapshot
    assert (last.known_at, last.known_time[:10]) == (str(today), str(today))


def test_known_is_what_is_said_then_the_file_s_own_day_then_the_time_of_receipt(tmp_path, monkeypatch):
    path = write(tmp_path / "ged.csv", more(10))
    today = datetime.now(UTC).date()
    for published, given, known in (
        (APRIL, MARCH, MARCH),
        (APRIL, None, APRIL),
        (None, None, today),
        (today + timedelta(1), None, today),
    ):
        monkeypatch.setattr(snapshot, "parse_all", lambda files, at=published, **_: [dated(files, at)])
        home = Workspace(tmp_path / f"{published}{given}")
        receipt = add(home, "ucdp_ged", path, world.ISO3, given, url="https://ucdp.uu.se/ged.csv")
        assert receipt.known_at == known.isoformat()
        assert bool(receipt.known_time) == (known == today)
        assert ("has not come yet" in "".join(receipt.notes)) == (published is not None and published > today)
        assert read(home.snapshots / receipt.snapshot).url == "https://ucdp.uu.se/ged.csv"
    with pytest.raises(UsageError, match="in the future"):
        add(home, "ucdp_ged", path, world.ISO3, today + timedelta(1))


def dated(files, day):
    ((name, raw),) = files
    return replace(source(name).parse(raw), published=day)


def test_a_file_named_like_its_receipt_is_kept_beside_it(tmp_path):
    home = Workspace(tmp_path / "workspace")
    receipt = add(home, "ucdp_ged", write(tmp_path / "receipt.json", more(10)), world.ISO3, MARCH)
    assert snapshot.file_of(home, receipt).name == "raw_receipt.json"


def tables(folder):
    """Return every table of every tier of an edition as text."""
    found = {}
    for tier in Tier:
        connection = warehouse.connect(folder / f"{tier.name}.duckdb", read_only=True)
        for name, table in TABLES.items():
            columns = [f'ST_AsText("{c.name}")' if c.type == "GEOMETRY" else f'"{c.name}"' for c in table.visible(tier)]
            if columns:
                rows = connection.execute(f'SELECT {", ".join(columns)} FROM "{name}" ORDER BY ALL').fetchall()
                found[tier.name, name] = repr(rows)
        connection.close()
    return found


def test_an_edition_built_today_for_a_past_day_is_the_one_built_on_that_day(tmp_path):
    (tmp_path / "raw").mkdir()
    then = world.fill(tmp_path / "then", tmp_path / "raw")
    built_then = build(then, None, quiet)
    later = world.fill(tmp_path / "later", tmp_path / "raw")
    known_later = world.KNOWN_AT + timedelta(60)
    add(later, "ucdp_ged", write(tmp_path / "more.csv", more(30)), world.ISO3, known_later)
    add(
        later,
        "iom_dtm",
        world.write_displacement(tmp_path, [*world.FIGURES, (3, "2023-06-20", "XT0101", 9)]),
        world.ISO3,
        known_later,
    )
    built_later = build(later, None, quiet)
    again = build(later, world.KNOWN_AT + timedelta(30), quiet)
    assert again["edition"] == built_then["edition"] != built_later["edition"]
    one, two = (tables(home.editions / again["edition"]) for home in (then, later))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    assert one != tables(later.editions / built_later["edition"])


def test_the_day_of_knowledge_is_the_pointer_s_and_not_the_edition_s(tmp_path):
    home = world.built(tmp_path / "workspace", tmp_path)
    live = current(home.root, Tier.public)
    assert live.manifest["as_known_on"] is None
    build(home, world.KNOWN_AT, quiet)
    then = current(home.root, Tier.public)
    assert (then.id, then.folder) == (live.id, live.folder)
    assert then.manifest["as_known_on"] == then.manifest["known_on"] == world.KNOWN_AT.isoformat()
    build(home, None, quiet)
    assert current(home.root, Tier.public).manifest["as_known_on"] is None
    assert Edition(live.folder, Tier.public).manifest["as_known_on"] is None
    pointer = json.loads(home.pointer.read_text())
    assert pointer["history"] == [live.id]
