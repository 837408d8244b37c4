"""What must hold of everything a source of incidents or displacement makes of a file, asked of DuckDB itself."""

import random
from contextlib import suppress
from pathlib import Path

import duckdb
import pandas as pd

from data_pipelines._source import Parsed, Raw, source
from data_pipelines.tables import table
from geo.errors import FileRefused


def parse(source_id: str, path: Path, iso3: str | None = None, asked: str = "") -> Parsed:
    """Parse a file; assert the row account, the frames' columns, every constraint of the tables, and unique totals."""
    parsed = source(source_id).parse(Raw(path, f"{source_id}/test", iso3, asked=asked))
    assert parsed.rows_in == parsed.loaded + len(parsed.rejects) + parsed.repeated
    with duckdb.connect() as connection:
        for name, frame in {**parsed.frames, "provider_totals": parsed.totals.assign(source=source_id)}.items():
            rows = frame.assign(snapshot="s")
            assert set(rows.columns) == {column.name for column in table(name).columns}
            connection.execute(table(name).ddl())
            connection.register("rows", rows)
            connection.execute(f"INSERT INTO {name} BY NAME FROM rows")
    for name, frame in parsed.frames.items():
        assert list(frame.columns) == [column.name for column in table(name).columns if column.name != "snapshot"]
        assert list(frame.index) == list(range(len(frame)))
    for measure in parsed.totals["measure"].unique():
        ours = sum(measured(frame, measure) for frame in parsed.frames.values())
        assert sum(totals(parsed, measure).values()) == ours
    return parsed


def measured(frame: pd.DataFrame, measure: str) -> int:
    """Return what the rows of a table add up to, to be held against the file's own total."""
    if measure == "incidents":
        return len(frame)
    of_several = {
        "deaths": ["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"],
        "persons_resident": ["persons"],
    }
    return int(frame[of_several.get(measure, [measure])].sum().sum())


def totals(parsed: Parsed, measure: str) -> dict[str, int]:
    """Return one measure of the file's own totals by key."""
    chosen = parsed.totals[parsed.totals["measure"] == measure]
    return dict(zip(chosen["key"], chosen["total"], strict=True))


def assert_mangling_is_survived(source_id: str, path: Path, rng: random.Random) -> None:
    """Damage a text file in a few places; assert that it balances or is refused."""
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(content))
        noise = bytes(rng.choices(b'",;\n\r\0\xff#0129ax- .\xc3', k=rng.randint(1, 4)))
        content[at : at + rng.randint(0, 4)] = rng.choice([noise, b"", content[at : at + 200]])
    path.write_bytes(bytes(content))
    with suppress(FileRefused):
        parse(source_id, path)
