"""The drawn map: complete, legible, true to scale, and the same each time."""

import json
import os
import subprocess
import sys
from io import BytesIO
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox
from PIL import Image

from app.briefing import DPI, LOOK, PAGES, draw, sheet_of
from app.briefing._facts import Counts, counts, gather
from app.briefing._frame import Frame, around
from app.briefing._globe import GROUND, SEA, globe
from app.briefing._key import entries, foremost
from app.briefing._map import luminance, outline
from app.briefing._sheet import BODY, Panel, Sheet, can_be_drawn
from app.wording import DISCLAIMER, boundary_notes, day_words, month_ends, month_words, number
from data_pipelines.edition import Edition, current
from data_pipelines.tables import Tier
from geo.errors import UsageError
from geo.geodesy import WGS84
from layers._layer import Category, layers
from tests.app.small_edition import NAMES, SOURCES, districts, only, publish, source

LONG = "Locality of the Upper and Lower Reaches of the River of the Northernmost Administrative Unit"
PX_PER_MM = DPI / 25.4


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return current(publish(tmp_path_factory.mktemp("plain"), districts()), Tier.restricted)


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Long names everywhere, one word that no line can hold, values in the millions, a crowded corner of the world."""
    shapes = districts("SDN", west=27.0, south=8.0)
    shapes["name"] = [LONG if n % 3 else "W" * 90 for n in range(len(shapes))]
    millions = lambda _layer, count, random: (random.uniform(1e6, 9e6, count), np.full(count, "ok"))  # noqa: E731
    many = {name: {**source(name), "loaded": 123_456_789, "quarantined": 98_765_432} for name in SOURCES}
    workspace = publish(tmp_path_factory.mktemp("awkward"), shapes, millions, country_names={"SDN": LONG}, sources=many)
    return current(workspace, Tier.public)


def drawn(edition: Edition, layer: str, page: str, unit: str = "adm2", **where: object) -> tuple[Sheet, list[Text]]:
    """Return a page and its pieces of text, laid out as they are when drawn."""
    sheet, _ = sheet_of(edition, layer, unit, "2024-01", page=page, **where)
    return sheet, [t for t in sheet.figure.findobj(Text) if t.get_text() and t.get_gid() != "watermark"]


def extents(sheet: Sheet, texts: list[Text]) -> list[Bbox]:
    sheet.figure.set_dpi(DPI)
    renderer = FigureCanvasAgg(sheet.figure).get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def in_pixels(panel: Panel, sheet: Sheet) -> Bbox:
    return Bbox.from_extents(
        panel.x * PX_PER_MM,
        (sheet.height - panel.bottom) * PX_PER_MM,
        panel.right * PX_PER_MM,
        (sheet.height - panel.y) * PX_PER_MM,
    )


def holds(outer: Bbox, inner: Bbox, slack: float = 1.0) -> bool:
    return (
        inner.x0 >= outer.x0 - slack
        and inner.x1 <= outer.x1 + slack
        and inner.y0 >= outer.y0 - slack
        and inner.y1 <= outer.y1 + slack
    )


def overlap(one: Bbox, other: Bbox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > 0.5 and down > 0.5


def assert_legible(edition: Edition, layer: str, page: str, **where: object) -> None:
    """Every piece of text lies on the page, in its own panel, and on no other piece."""
    with mpl.rc_context(LOOK):
        sheet, texts = drawn(edition, layer, page, **where)
        boxes = extents(sheet, texts)
    whole = in_pixels(Panel(0, 0, sheet.width, sheet.height), sheet)
    for text, box in zip(texts, boxes, strict=True):
        assert holds(whole, box), f"'{text.get_text()}' leaves the page"
        assert holds(in_pixels(sheet.panels[text.get_gid()], sheet), box), f"'{text.get_text()}' leaves its panel"
    for (a, text_a), (b, text_b) in combinations(zip(boxes, texts, strict=True), 2):
        assert not overlap(a, b), f"'{text_a.get_text()}' lies on '{text_b.get_text()}'"


@pytest.mark.parametrize("page", ["a4", "16:9"])
@pytest.mark.parametrize("layer", layers())
def test_no_text_is_cut_or_lies_on_another(edition: Edition, layer: str, page: str) -> None:
    assert_legible(edition, layer, page)


@pytest.mark.parametrize("page", PAGES)
def test_long_names_and_large_numbers_stay_in_their_places(awkward: Edition, page: str) -> None:
    assert_legible(awkward, "population_exposure", page)
    assert_legible(awkward, "displacement_pressure", page, area="SDN01")


@pytest.mark.parametrize(("status", "value"), [("ok", 0.0), ("no_data", np.nan), ("suppressed", np.nan)])
def test_a_map_without_anything_on_it_is_drawn_and_says_so(tmp_path: Path, status: str, value: float) -> None:
    empty = current(publish(tmp_path, districts(), only(status, value)), Tier.public)
    assert_legible(empty, "civilian_harm", "a4")
    with mpl.rc_context(LOOK):
        _, texts = drawn(empty, "civilian_harm", "a4")
    assert "No area has a value above zero." in [text.get_text() for text in texts]


@pytest.mark.parametrize(("unit", "where"), [("adm1", {}), ("cell", {}), ("adm2", {"bbox": (20.5, 5.5, 21.5, 6.5)})])
def test_every_unit_and_a_box_can_be_mapped(edition: Edition, unit: str, where: dict[str, object]) -> None:
    assert_legible(edition, "incident_intensity", "a4", unit=unit, **where)


def test_an_area_maps_only_what_lies_in_it(edition: Edition) -> None:
    facts = gather(edition, "incident_intensity", "adm2", "2024-01", "XAA01")
    assert list(facts.mapped["parent_id"].unique()) == ["XAA01"]
    assert facts.area_name == f"Province {NAMES[2]}, Republic of XAA"
    assert len(gather(edition, "incident_intensity", "cell", "2024-01", "XAA01").mapped) == 4


def test_the_legend_counts_every_mapped_area_once_and_shows_only_statuses_that_occur(edition: Edition) -> None:
    for layer in layers():
        facts = gather(edition, layer, "adm2", "2024-01")
        shown = entries(facts)
        assert sum(entry.areas for entry in shown if not entry.counted_above) == len(facts.mapped)
        hatched = {entry.label for entry in shown if entry.hatch}
        assert len(hatched) == facts.mapped["status"].nunique() - 1


def test_a_legend_of_kinds_is_not_headed_by_the_unit_of_the_number_beside_them(edition: Edition) -> None:
    with mpl.rc_context(LOOK):
        _, texts = drawn(edition, "emerging_hot_spots", "a4")
    assert {text.get_text() for text in texts} & {"class", "pattern number"} == {"class"}


def test_the_page_tells_what_a_reader_must_be_told(edition: Edition) -> None:
    with mpl.rc_context(LOOK):
        _, texts = drawn(edition, "incident_intensity", "a4")
    said = " ".join(text.get_text() for text in texts)
    for words in (
        "Incident intensity",
        "Republic of XAA by admin 2 area, January 2024",
        "DATA AS OF 3 February 2024 PRODUCED 5 March 2024 EDITION e5a11ed1710f",
        "DRAFT – NOT CLEARED",
        "RESTRICTED",
        "SYNTHETIC – an invented country",
        DISCLAIMER,
        "half_life_months=6",
        "Register of events of the invented country, Office of events, through January 2024, known on 3 February 2024,",
        "fresh, next expected by 2 February 2025; CC BY 4.0.",
        "never a finding",
        " km",
    ):
        assert words in said
    assert "Register of tracking" not in said  # it says nothing about incidents


def test_the_synthetic_mark_is_written_over_the_map_and_only_where_it_is_true(edition: Edition, tmp_path: Path) -> None:
    real = current(publish(tmp_path, districts(), synthetic=False), Tier.public)
    for which, marks in ((edition, ["SYNTHETIC"]), (real, [])):
        sheet, _ = sheet_of(which, "incident_intensity", "adm2", "2024-01")
        found = [t.get_text() for t in sheet.figure.findobj(Text) if t.get_gid() == "watermark"]
        assert found == marks
    assert "SYNTHETIC" not in " ".join(t.get_text() for t in sheet.figure.findobj(Text))


def test_records_are_counted_for_the_sources_the_layer_rests_on(edition: Edition) -> None:
    facts = gather(edition, "incident_intensity", "adm2", "2024-01")
    assert counts(facts) == Counts(loaded=13, placed=12, unplaced={"sea": 1}, rejected=1)
    assert [(s.title.split()[2], s.thematic) for s in facts.sources] == [
        ("events", True),
        ("bounds", False),
        ("people", False),
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_same_request_gives_the_same_bytes(edition: Edition, page: str) -> None:
    for format in ("png", "pdf"):  # noqa: A001
        first = draw(edition, "civilian_harm", "adm2", "2024-01", page=page, format=format)
        assert draw(edition, "civilian_harm", "adm2", "2024-01", page=page, format=format) == first


def test_another_process_draws_the_same_bytes(edition: Edition) -> None:
    script = (
        "import sys; from pathlib import Path; from app.briefing import draw;"
        "from data_pipelines.edition import Edition;"
        "from data_pipelines.tables import Tier; e = Edition(Path(sys.argv[1]), Tier.restricted);"
        "sys.stdout.buffer.write(draw(e, 'civilian_harm', 'adm2', '2024-01', format=sys.argv[2]))"
    )
    for format in ("png", "pdf"):  # noqa: A001
        command = [sys.executable, "-c", script, str(edition.folder), format]
        environment = {**os.environ, "PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}
        other = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
        assert other == draw(edition, "civilian_harm", "adm2", "2024-01", format=format)


@pytest.mark.parametrize(("page", "size"), [("a4", {(1240, 1753), (1753, 1240)}), ("16:9", {(2000, 1125)})])
def test_a_png_has_the_size_of_its_page_and_says_what_was_asked_for(edition: Edition, page: str, size: object) -> None:
    picture = Image.open(BytesIO(draw(edition, "incident_intensity", "adm2", "2024-01", page=page, area="XAA01")))
    assert picture.size in size
    assert json.loads(picture.text["Description"]) == {
        "layer": "incident_intensity",
        "unit": "adm2",
        "period": "2024-01",
        "page": page,
        "area": "XAA01",
        "bbox": None,
        "tier": "restricted",
        "edition": edition.id,
        "since": "2024-02-03",
    }
    assert picture.text["Comment"] == "SYNTHETIC, DRAFT - NOT CLEARED"


def test_a_pdf_embeds_its_fonts_and_no_day(edition: Edition) -> None:
    pdf = draw(edition, "incident_intensity", "adm2", "2024-01", format="pdf")
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"page": "a5"}, "no page 'a5'; there are a4, a3, 16:9"),
        ({"format": "gif"}, "no picture format 'gif'; there are png, pdf"),
        ({"area": "XXX"}, "no adm2 in an area 'XXX'"),
        ({"bbox": (0, 0, 1, 1)}, "No adm2 of edition"),
        ({"bbox": (3, 0, 1, 1)}, "is none"),
        ({"bbox": (float("nan"), 0, 1, 1)}, "is none"),
    ],
)
def test_a_wrong_request_is_told_in_one_sentence(edition: Edition, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        draw(edition, "incident_intensity", "adm2", "2024-01", **wrong)


def test_an_area_smaller_than_the_unit_is_told(edition: Edition) -> None:
    with pytest.raises(UsageError, match="no smaller than adm1"):
        draw(edition, "incident_intensity", "adm1", "2024-01", area="XAA0000")


degrees = st.tuples(st.floats(-180, 180), st.floats(-60, 60), st.floats(0.01, 15), st.floats(0.01, 12))


@given(st.lists(degrees, min_size=1, max_size=4), st.floats(-180, 180))
def test_a_frame_holds_its_boxes_wherever_they_lie(offsets: list[tuple[float, ...]], shift: float) -> None:
    wrap = lambda x: (x + shift + 180) % 360 - 180  # noqa: E731
    near = [(x / 20, y / 6 + 20, w, h) for x, y, w, h in offsets]
    boxes = np.array([(wrap(x), y, wrap(x + w), y + h) for x, y, w, h in near])
    frame = around(boxes)
    inside = frame.boxes(boxes)
    assert np.abs(inside[:, [0, 2]]).max() <= frame.half_width_m * (1 + 1e-9)
    assert np.abs(inside[:, [1, 3]]).max() <= frame.half_height_m * (1 + 1e-9)


@given(st.floats(-179, 179), st.floats(-60, 60), st.floats(3e4, 9e5))
def test_the_scale_bar_is_true_at_the_middle_and_right_to_a_third_of_a_percent_at_the_edge(
    longitude: float, latitude: float, half_m: float
) -> None:
    frame = Frame(longitude, latitude, half_m, half_m)
    bar = frame.scale_bar_m
    assert bar <= half_m / 2
    for start, slack in ((-bar / 2, 1e-3), (half_m - bar, 3.4e-3)):
        lon, lat = frame.transformer.transform([start, start + bar], [0, 0], direction="INVERSE")
        true_m = WGS84.inv(lon[0], lat[0], lon[1], lat[1])[2]
        assert true_m == pytest.approx(bar, rel=slack)


def dotted(edition: Edition, **where: object) -> int:
    sheet, _ = sheet_of(edition, "civilian_harm", "adm2", "2024-01", **where)
    lines = [lines for lines in sheet.figure.findobj(LineCollection) if lines.get_segments()]
    return sum(pattern is not None for each in lines for _, pattern in each.get_linestyles())


def test_a_boundary_that_is_not_settled_is_dotted(edition: Edition, awkward: Edition) -> None:
    assert dotted(awkward) == 2  # the basemap's line, and the outline of the country along it
    assert dotted(edition) == 1  # the basemap's line alone, in the far corner
    assert dotted(edition, bbox=(20, 5, 22, 7)) == 0


@pytest.mark.parametrize("west", [176.0, -74.0])
def test_maps_reach_across_the_antimeridian_and_round_the_world(tmp_path: Path, west: float) -> None:
    shapes = pd.concat([districts("FJI", west=-178.0, south=-19.0), districts("XAA", west=west, south=-19.0)])
    cells = shapes["unit"] == "cell"
    shapes.loc[cells, "unit_id"] = [str(n) for n in range(cells.sum())]
    assert_legible(current(publish(tmp_path, shapes), Tier.public), "priority", "a4")


def test_the_globe_has_land_where_it_is_and_north_up() -> None:
    africa = globe(20.0, 0.0)
    middle = len(africa) // 2
    assert africa[middle, middle] == pytest.approx(GROUND)
    assert globe(-140.0, -20.0)[middle, middle] == pytest.approx(SEA)
    assert africa[middle // 4, middle] == pytest.approx(GROUND)  # Europe
    assert africa[-middle // 4, middle] == pytest.approx(SEA)  # the Southern Ocean
    assert africa[middle, middle // 4] == pytest.approx(SEA)  # the Atlantic


def test_north_is_said_to_be_up_only_where_it_is() -> None:
    assert around(np.array([(21.8, 8.7, 38.6, 22.2)])).north_is_up
    assert not around(np.array([(-10.0, 50.0, 40.0, 70.0)])).north_is_up


@pytest.mark.parametrize(
    ("view", "notes"),
    [
        ((21.8, 8.7, 38.6, 22.2), ["Sudan and the Republic of South Sudan", "Abyei"]),
        ((31.5, 15.0, 33.5, 16.5), []),
        ((73.0, 32.0, 78.0, 36.0), ["Line of Control"]),
        ((170.0, -55.0, -50.0, -40.0), ["Malvinas"]),
        ((50.0, -12.0, 60.0, -4.0), []),
    ],
)
def test_notes_on_boundaries_stand_where_their_place_is_in_view(view: tuple[float, ...], notes: list[str]) -> None:
    first, *others = boundary_notes(view)
    assert first == DISCLAIMER
    assert len(others) == len(notes)
    assert all(words in note for words, note in zip(notes, others, strict=True))


def test_words_for_days_months_and_numbers() -> None:
    assert month_words("2024-01") == "January 2024"
    assert day_words("2024-02-03T10:00:00+00:00") == "3 February 2024"
    assert [str(day) for day in month_ends("2024-02")] == ["2024-02-01", "2024-02-29"]
    assert [str(day) for day in month_ends("2023-12")] == ["2023-12-01", "2023-12-31"]
    told = [number(value) for value in (0, 0.01234, 3.14159, 99.96, 1234567.8, float("nan"))]
    assert told == ["0", "0.0123", "3.14", "100", "1,234,568", "–"]


@given(st.text(st.characters(max_codepoint=0x6FF, exclude_categories=["C"]).filter(can_be_drawn)), st.floats(8, 60))
def test_wrapped_text_fits_and_loses_nothing(words: str, width: float) -> None:
    sheet = Sheet(100, 100, 1.0)
    lines = sheet.wrap(words, BODY, width)
    assert "".join("".join(lines).split()) == "".join(words.split())
    assert all(sheet.measure(line, BODY) <= width for line in lines)


def test_holes_stay_open() -> None:
    ring = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 3, 3)
    figure = Figure(figsize=(1, 1), dpi=40)
    figure.add_artist(PathPatch(outline(np.array([ring], dtype=object)), transform=Affine2D().scale(10), color="black"))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ink = np.asarray(canvas.buffer_rgba())[..., 0]
    assert (ink[20, 5], ink[20, 20], ink[20, 35]) == (0, 255, 0)


def test_a_name_the_font_cannot_write_gives_way_to_its_code(tmp_path: Path) -> None:
    shapes = districts()
    shapes.loc[shapes["unit_id"] == "XAA0000", "name"] = "ትግራይ"
    shapes.loc[shapes["unit_id"] == "XAA00", "name"] = "bell \x07"
    facts = gather(current(publish(tmp_path, shapes), Tier.public), "civilian_harm", "adm2", "2024-01", "XAA00")
    assert facts.mapped["name"].iloc[0] == "XAA0000"
    assert facts.area_name == "XAA00, Republic of XAA"


def test_marks_are_white_on_dark_colours() -> None:
    assert luminance("#7f0000") < 0.2 < luminance("#fc8d59")


def test_the_table_of_a_layer_with_classes_names_the_areas_that_stand_out() -> None:
    kinds = tuple(Category(name, name.title(), "#000000", stands_out=name == "h") for name in "cph")
    rows = pd.DataFrame({"id": list("ABCD"), "painted": [0.0, 1.0, 2.0, 2.0], "value": [-5.0, 9.0, 2.0, 3.0]})
    rows = rows.assign(mapped=True, low=rows["value"], high=rows["value"])
    facts = SimpleNamespace(mapped=rows, layer=SimpleNamespace(categories=kinds, unit_of_value="z score"))
    assert list(foremost(facts)["id"]) == ["D", "C"]
    facts.layer.unit_of_value = "p"
    assert list(foremost(facts)["id"]) == ["C", "D"]
    facts.layer.unit_of_value = "incidents"
    facts.layer.categories = ()
    assert list(foremost(facts)["id"]) == ["D", "C", "B"]
