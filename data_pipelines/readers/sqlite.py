"""Is a GeoPackage whole? Its first page says how many there are.

Layout: OGC 12-128, and the SQLite file format.
"""

import struct
from pathlib import Path

from geo.errors import FileRefused

MAGIC = b"SQLite format 3\0"
_APPLICATIONS = (b"GPKG", b"GP10", b"GP11")
_LARGEST_PAGE = 65_536
"""Written as 1, as it does not fit into two bytes."""


def check_geopackage(path: Path) -> None:
    """Refuse an SQLite file that is no GeoPackage, or not as long as it says."""
    with path.open("rb") as file:
        head = file.read(100).ljust(100, b"\0")
    if head[68:72] not in _APPLICATIONS:
        raise FileRefused(f"The file '{path.name}' is an SQLite file and no GeoPackage; export it as GeoJSON or CSV.")
    (page,) = struct.unpack_from(">H", head, 16)
    (pages,) = struct.unpack_from(">I", head, 28)
    if (page if page > 1 else _LARGEST_PAGE) * pages != path.stat().st_size:
        raise FileRefused(f"The GeoPackage '{path.name}' is cut off or damaged; get it again.")
