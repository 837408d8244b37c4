"""Files packed with gzip, or alone in a zip: whole by their trailers, and no bombs, or refused."""

import gzip
import zipfile
import zlib
from pathlib import Path

from data_pipelines.readers.archive import MAX_BYTES, MAX_RATIO, RATIO_FREE_BYTES, zip_kind
from geo.errors import FileRefused

GZIP, ZIP = b"\x1f\x8b", b"PK"


def content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where it is gzip, or a zip with one CSV alone.

    Raises
    ------
    FileRefused
        What it is packed in is cut off or damaged, as its trailer or CRC tells, or a bomb.
    """
    data = path.read_bytes()
    if data.startswith(ZIP) and zip_kind(path) == "csv":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.infolist()[0])
    return _unpacked(path, len(data)) if data.startswith(GZIP) else data


def _unpacked(path: Path, size: int) -> bytes:
    limit = min(MAX_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * size))
    try:
        with gzip.open(path) as packed:
            data = packed.read(limit + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FileRefused(f"The gzip file '{path.name}' is cut off or damaged ({error}); get it again.") from error
    if len(data) > limit:
        raise FileRefused(f"The gzip file '{path.name}' would unpack to over {limit} bytes (a bomb?); do not trust it.")
    return data
