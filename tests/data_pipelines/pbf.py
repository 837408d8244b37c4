"""Extracts of OpenStreetMap as .osm.pbf, written by hand: https://wiki.openstreetmap.org/wiki/PBF_Format."""

import struct
import zlib

VARINT, BYTES = 0, 2
MEMBER_TYPES = {"node": 0, "way": 1, "relation": 2}
NANODEGREES = 100
"""Of one unit of a place, by the format's default granularity."""


def node(number, longitude, latitude, **tags):
    """Return a node."""
    return ("node", number, (longitude, latitude), tags)


def way(number, nodes, **tags):
    """Return a way over nodes given by number; closed if the last is the first."""
    return ("way", number, nodes, tags)


def relation(number, members, **tags):
    """Return a relation of members given as type, number and role."""
    return ("relation", number, members, tags)


def write_pbf(path, elements, timestamp=1_700_000_000, packed=True):
    """Write nodes, ways and relations, in that order, as an extract up to a moment in seconds since 1970."""
    moment = _number(32, timestamp) if timestamp else b""
    header = _bytes(4, b"OsmSchema-V0.6") + _bytes(16, b"invented") + moment
    path.write_bytes(_block("OSMHeader", header, packed) + _block("OSMData", _primitives(elements), packed))
    return path


def _block(kind, content, packed):
    plain = _bytes(1, content)
    blob = _number(2, len(content)) + _bytes(3, zlib.compress(content)) if packed else plain
    header = _bytes(1, kind.encode()) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _primitives(elements):
    strings = [""]

    def at(text):
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    groups = b"".join(_bytes(2, _element(each, at)) for each in elements)
    return _bytes(1, b"".join(_bytes(1, text.encode()) for text in strings)) + groups


def _element(element, at):
    kind, number, content, tags = element
    keys = _packed(2, [at(key.replace("__", ":")) for key in tags]) + _packed(3, [at(value) for value in tags.values()])
    if kind == "node":
        longitude, latitude = (round(degrees * 1e9 / NANODEGREES) for degrees in content)
        return _bytes(
            1, _number(1, _zigzag(number)) + keys + _number(8, _zigzag(latitude)) + _number(9, _zigzag(longitude))
        )
    if kind == "way":
        return _bytes(3, _number(1, number) + keys + _packed(8, map(_zigzag, _steps(content))))
    roles = _packed(8, [at(role) for _, _, role in content])
    members = _packed(9, map(_zigzag, _steps([number for _, number, _ in content])))
    types = _packed(10, [MEMBER_TYPES[kind] for kind, _, _ in content])
    return _bytes(4, _number(1, number) + keys + roles + members + types)


def _steps(numbers):
    return [b - a for a, b in zip([0, *numbers], numbers, strict=False)]


def _zigzag(number):
    return number * 2 if number >= 0 else -number * 2 - 1


def _varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _number(field, value):
    return _varint(field << 3 | VARINT) + _varint(value)


def _bytes(field, content):
    return _varint(field << 3 | BYTES) + _varint(len(content)) + content


def _packed(field, numbers):
    content = b"".join(map(_varint, numbers))
    return _bytes(field, content) if content else b""
