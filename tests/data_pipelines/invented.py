"""Small invented files in the providers' formats, and what must hold of whatever a source makes of one."""

import csv
import json
import zipfile

import geopandas as gpd
import pytest
import rasterio
import shapely
from affine import Affine

from data_pipelines._source import Raw, source
from data_pipelines.tables import table
from geo.errors import FileRefused

KINDS = {"VARCHAR": "str", "INTEGER": "int64", "BIGINT": "int64", "DOUBLE": "float64", "DATE": "datetime64[s]"}


def square(x, y, side=1.0):
    """Return a square in degrees by its south-western corner."""
    return shapely.box(x, y, x + side, y + side)


def feature(properties, shape):
    """Return a GeoJSON feature; a shape may also be a GeoJSON geometry, good or bad."""
    geometry = shape.__geo_interface__ if hasattr(shape, "geom_type") else shape
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_geojson(path, features, **members):
    """Write a FeatureCollection with further members such as crs."""
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False))
    return path


def write_shapefile(path, columns, shapes, crs="EPSG:4326", without=()):
    """Write a shapefile in a zip, without the parts named, such as ``.prj``."""
    folder = path.parent / f"{path.stem}_parts"
    folder.mkdir()
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(folder / "sites.shp")
    return zip_parts(path, {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix not in without})


def zip_parts(path, parts):
    """Write named contents as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_csv(path, rows, hxl=None):
    """Write rows given as dicts, with a row of HXL tags below the header if given."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([*([hxl] if hxl else []), *rows])
    return path


def write_raster(path, values, *, west=30.0, north=12.0, pixel=0.5, crs="EPSG:4326", tags=None, **profile):
    """Write one band as GeoTIFF."""
    transform = profile.pop("transform", Affine(pixel, 0, west, 0, -pixel, north))
    height, width = values.shape
    size = {"width": width, "height": height, "count": 1, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **{**size, **profile}) as dataset:
        dataset.write(values, 1)
        dataset.update_tags(**(tags or {}))
    return path


def parse(source_id, path, iso3=None, asked=""):
    """Parse a file and assert what holds of every source: no row is lost, and the frames are the tables'."""
    parsed = source(source_id).parse(Raw(path, f"{source_id}/test", iso3, asked=asked))
    assert parsed.rows_in == parsed.loaded + len(parsed.rejects) + parsed.repeated
    for name, frame in parsed.frames.items():
        columns = [c for c in table(name).columns if c.name != "snapshot"]
        assert list(frame.columns) == [c.name for c in columns]
        for column in columns:
            assert frame[column.name].dtype == KINDS.get(column.type, "object")
            assert column.null or frame[column.name].notna().all()
        assert not frame.duplicated(list(table(name).key)).any()
        assert frame.index.equals(frame.reset_index().index)
    assert not parsed.totals.duplicated(["measure", "key"]).any()
    return parsed


def rules(parsed_or_rows):
    """Return line and rule of each reject."""
    return [(reject.line, reject.rule) for reject in parsed_or_rows.rejects]


def assert_refused(read, path, *words):
    """Assert that a file is refused with one sentence that holds all words."""
    with pytest.raises(FileRefused) as caught:
        read(path)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert [word for word in words if word not in message] == []
