"""What a file is, by its bytes; what is cut off, unsafe or something else is refused in one sentence."""

import gzip
import io
import json
import stat
import struct
import zipfile
from contextlib import suppress

import numpy as np
import openpyxl
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.io import MemoryFile

from data_pipelines.readers.sniff import sniff
from geo.errors import FileRefused
from tests.data_pipelines.invented import assert_refused, zip_parts

COLLECTION = {
    "features": [{"properties": {"name": 'a "{" in \\ words'}, "geometry": None}],
    "type": "FeatureCollection",
}
SHAPEFILE = {"sites.shp": b"shp", "sites.shx": b"shx", "sites.dbf": b"dbf", "Readme.txt": b"read me"}
VRT = b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sniff")


def put(folder, content, name="file.csv"):
    """Write bytes under a name that says nothing."""
    path = folder / name
    path.write_bytes(content)
    return path


def workbook():
    """Return a workbook as bytes."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["a", "b"])
    book.save(out)
    return out.getvalue()


def tiff(**profile):
    """Return a GeoTIFF of random counts as bytes."""
    values = np.random.default_rng(1).integers(0, 1000, (64, 96)).astype("float32")
    shape = {"height": 64, "width": 96, "count": 1, "dtype": "float32"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", transform=rasterio.Affine(0.5, 0, 20, 0, -0.5, 20), **shape, **profile) as out:
            out.write(values, 1)
        return memory.read()


def archive(members):
    """Return a zip of named contents as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


TIFFS = [
    {},
    {"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 16},
    {"compress": "lzw", "BIGTIFF": "YES"},
    {"ENDIANNESS": "BIG"},
]
WHOLE = [
    (b"id,name\n1,x\n", "csv"),
    (b"\xef\xbb\xbfid;name\n1;x", "csv"),
    (b'\n"id","a, b"\r\n1,2\r\n', "csv"),
    ("id,nom du d\u00e9partement\n".encode(), "csv"),
    (b'[{"a": 1}]', "json"),
    (b'\xef\xbb\xbf {"result": []}\n', "json"),
    (json.dumps(COLLECTION).encode(), "geojson"),
    (workbook(), "xlsx"),
    (archive(SHAPEFILE), "zip"),
    *((tiff(**profile), "tiff") for profile in TIFFS),
]


@pytest.mark.parametrize(("content", "kind"), WHOLE)
def test_a_file_is_what_its_bytes_say_whatever_its_name(folder, content, kind):
    for name in ("file.csv", "file.tif", "file"):
        assert sniff(put(folder, content, name)) == kind


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "web page"),
        (b"\n  <html><head><title>404</title></head></html>", "web page"),
        (b"<!-- portal -->\n<HTML>", "web page"),
        (b'<?xml version="1.0"?><kml/>', "XML"),
        (VRT, "VRT"),
        (b"\xef\xbb\xbf " + VRT, "VRT"),
        (b"a,b\n1,2\n" + VRT, "VRT"),
        (b'{"type": "FeatureCollection"}' + VRT, "VRT"),
        (b"<VRTDataset rasterXSize='1'></VRTDataset>", "VRT"),
        (gzip.compress(b"[1]", mtime=0), "unpack it"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "unpack it"),
        ("id,name\n1,x\n".encode("utf-16"), "UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PAR1" + bytes(20), "Parquet"),
        (b"SQLite format 3\x00" + bytes(20), "GeoPackage"),
        (bytes(range(256)) * 8, "not text"),
        (b"a,b\x00c\n1,2\n", "not text"),
        (b"caf\xe9,b\n1,2\n", "not text"),
        (b"Service unavailable\n", "no comma"),
        (b'{"a": [1, 2}', "cut off"),
        (b"PK\x03\x04 and nothing more", "cut off"),
    ],
)
def test_what_is_none_of_these_is_refused_with_what_it_is(folder, content, words):
    assert_refused(sniff, put(folder, content), words)


def test_a_path_that_is_no_file_is_refused(folder):
    assert_refused(sniff, folder / "absent.csv", "absent.csv", "cannot be read")
    assert_refused(sniff, folder, "cannot be read")


@pytest.mark.parametrize("content", [content for content, kind in WHOLE if kind != "csv"])
@given(data=st.data())
def test_a_file_that_was_cut_off_is_refused_wherever_the_cut_is(folder, content, data):
    size = len(content.rstrip())
    cut = data.draw(st.integers(1, size - 1))
    assert_refused(sniff, put(folder, content[:cut], "cut.json"), "cut.json")


@given(
    content=st.binary(max_size=200),
    start=st.sampled_from([b"", b"PK\x03\x04", b"II*\x00", b"MM\x00*", b"II+\x00", b"{"]),
)
def test_no_bytes_raise_anything_else(folder, content, start):
    with suppress(FileRefused):
        assert sniff(put(folder, start + content)) in ("csv", "json", "geojson", "tiff")


@pytest.mark.parametrize("name", ["../evil.shp", "a/../../evil", "/etc/passwd", "C:\\evil", "..\\evil", "C:evil"])
def test_a_zip_that_writes_outside_its_folder_is_refused(folder, name):
    assert_refused(sniff, put(folder, archive({**SHAPEFILE, name: b"x"})), "outside its folder")


def test_a_zip_with_a_link_is_refused(folder):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        link = zipfile.ZipInfo("sites.shp")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert_refused(sniff, put(folder, out.getvalue()), "a link")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"data.csv": b"a,b\n", "other.csv": b"a,b\n"}, "holds 0 shapefiles"),
        ({"data.csv": b"[1]"}, "holds no CSV"),
        ({**SHAPEFILE, "other.shp": b"x"}, "holds 2 shapefiles"),
        ({"sites.shp": b"x", "sites.shx": b"x"}, "lacks its .dbf"),
        ({f"{n}.txt": b"" for n in range(1001)}, "more than 1000"),
        ({**SHAPEFILE, "zeros.bin": bytes(30_000_000)}, "bomb"),
        ({}, "holds 0 shapefiles"),
    ],
)
def test_a_zip_that_holds_no_shapefile_or_far_too_much_is_refused(folder, members, words):
    assert_refused(sniff, zip_parts(folder / "file.zip", members), words)


def test_a_zip_with_two_files_of_one_name_is_refused(folder):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.shp", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a.shp", "2")
    assert_refused(sniff, put(folder, out.getvalue()), "one name")


@pytest.mark.parametrize("declared", [1_000, 60_000_000])
def test_a_zip_that_lies_about_its_size_is_refused(folder, declared):
    """GDAL believes the stream and reads on for ever; what is declared must be what comes out."""
    content = archive({"sites.shp": bytes(50_000)})
    honest, lie = struct.pack("<I", 50_000), struct.pack("<I", declared)
    assert content.count(honest) == 2
    assert_refused(sniff, put(folder, content.replace(honest, lie)), "file.csv")


def test_an_encrypted_member_is_refused(folder):
    content = bytearray(archive(SHAPEFILE))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    assert_refused(sniff, put(folder, bytes(content)), "encrypted")


@pytest.mark.parametrize("profile", TIFFS)
def test_a_tiff_whose_tags_point_beyond_its_end_is_refused(folder, profile):
    content = bytearray(tiff(**profile))
    order = "<" if content[:2] == b"II" else ">"
    at, pattern = (8, "Q") if profile.get("BIGTIFF") else (4, "I")
    struct.pack_into(order + pattern, content, at, len(content) + 100)
    assert_refused(sniff, put(folder, bytes(content)), "cut off or damaged")
    struct.pack_into(order + pattern, content, at, 0)
    assert_refused(sniff, put(folder, bytes(content)), "cut off or damaged")


def test_directories_in_a_circle_are_refused(folder):
    directory = struct.pack("<HHHIII", 1, 256, 4, 1, 7, 8)
    assert_refused(sniff, put(folder, b"II*\x00" + struct.pack("<I", 8) + directory), "damaged")
