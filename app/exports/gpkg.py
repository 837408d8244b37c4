"""GeoPackage: one layer with its places, in OGC:CRS84 order as GeoPackage has EPSG:4326."""

from pathlib import Path

import geopandas as gpd
import pyogrio

from app.exports._content import Content

SUFFIX, SIDECAR = ".gpkg", True


def write(content: Content, path: Path) -> None:
    """Write one feature per row, or a table without geometry; the same content gives the same bytes."""
    rows = content.rows
    if content.geometry is not None:
        rows = gpd.GeoDataFrame(rows, geometry=content.geometry, crs="EPSG:4326")
    # GDAL would write the clock into the file.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": str(content.about["built_at"])})
    try:
        pyogrio.write_dataframe(rows, path, driver="GPKG", layer=content.name)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
