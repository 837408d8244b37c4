"""Table files to rows of text, strictly: every record is a row or a reject, and a file that was cut off is refused."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from data_pipelines.readers.documents import plain_documents, read_geojson, read_json
from data_pipelines.readers.fields import normalised
from data_pipelines.readers.packed import content
from data_pipelines.readers.plain import BOM, read_plainly
from data_pipelines.readers.rows import Rows
from data_pipelines.readers.sniff import sniff
from data_pipelines.readers.strict import body_of, delimiter_of, lines_of, read_strictly, records
from geo.errors import FileRefused


def read_rows(
    path: Path, names_if_headless: Sequence[str] = (), sheet: str | None = None, wanted: Collection[str] = ()
) -> Rows:
    """Read a table file of any kind, told by its content.

    Parameters
    ----------
    path
        CSV (comma or semicolon, as it is, in gzip or alone in a zip), JSON (an array, or one inside ``result`` or
        ``data``), GeoJSON points, or XLSX.
    names_if_headless
        Column names of a product that is sometimes sent as CSV without header (its first cell is a whole number then).
    sheet
        Sheet of a workbook; the first if None.
    wanted
        Names of the columns that are read, whatever their case, blanks and punctuation; all if empty. The frame may
        then be without the others, which saves half of the time and memory that a release of GED takes.

    Returns
    -------
    Rows
        All records; an HXL row is dropped and not counted.

    Raises
    ------
    FileRefused
        The file is not a table, holds no record, is cut off, or its quotation marks swallow rows.
    """
    match sniff(path):
        case "csv":
            rows = read_csv(path, names_if_headless, wanted)
        case "json":
            rows = read_json(path)
        case "geojson":
            rows = read_geojson(path)
        case "xlsx":
            from data_pipelines.readers.workbook import read_xlsx  # noqa: PLC0415 - openpyxl takes 0.1 s to import

            rows = read_xlsx(path, sheet)
        case kind:
            raise FileRefused(f"The file '{path.name}' is a {kind} file, not a table; give it as CSV, JSON or XLSX.")
    if not rows.rows_in:
        raise FileRefused(f"The file '{path.name}' holds no record; get it again from its provider.")
    return rows


def read_csv(path: Path, names_if_headless: Sequence[str] = (), wanted: Collection[str] = ()) -> Rows:
    """Read a CSV file; see `read_rows`. One without any fault takes the fast way, which gives the same answer."""
    data = content(path).removeprefix(BOM)
    rows = read_plainly(path, data, names_if_headless, wanted)
    return read_strictly(path, data, names_if_headless) if rows is None else rows


def plain_records(path: Path, names_if_headless: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and cells of each record as they stand, for sums that share no later step with `read_rows`.

    Parameters
    ----------
    path
        A CSV, JSON or GeoJSON file that `read_rows` has taken.
    names_if_headless
        As for `read_rows`.

    Yields
    ------
    tuple
        The line as in `Rows.lines`, and cells by column name in lower case without punctuation. Records that
        `read_rows` rejects come too: choose by line.
    """
    if sniff(path) != "csv":
        yield from plain_documents(path)
        return
    lines = list(lines_of(content(path).removeprefix(BOM)))
    header, body = body_of(path, records(lines, delimiter_of(lines)), names_if_headless)
    first_of = {normalised(name): i for i, name in reversed(list(enumerate(header)))}
    for record in body:
        width = len(record.cells)
        yield record.first, {name: record.cells[i] for name, i in first_of.items() if i < width}
