"""UNHCR: displaced persons by year, country of asylum and country of origin; and a list of sites to 2020.

Figures are of whole countries, so they are kept, and placed nowhere within one.
"""

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers import fields
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._unhcr_fetch import HOSTS, fetch
from data_pipelines.sources._unhcr_population import KNOWN, POPULATION, parse_population
from data_pipelines.sources._unhcr_sites import KNOWN as KNOWN_OF_SITES
from data_pipelines.sources._unhcr_sites import SITES, parse_sites

ID = "unhcr"


def parse(raw: Raw) -> Parsed:
    """Read the API's figures (its JSON, a file of its pages, or CSV), or the list of sites, told by their columns."""
    rows = read_rows(raw.path)
    is_list = fields.column(rows.frame, "POINT_X") is not None
    return (parse_sites if is_list else parse_population)(ID, raw, rows)


SOURCE = Source(
    id=ID,
    title="UNHCR population figures and displacement sites",
    provider="United Nations High Commissioner for Refugees (UNHCR)",
    url="https://www.unhcr.org/refugee-statistics/",
    licence="CC BY 4.0",
    terms="May be shared and adapted with credit to UNHCR; the list of sites also to Zhou and Shaver (2021).",
    citation=(
        "UNHCR Refugee Population Statistics Database, with the day of access; sites: Zhou, Y.-Y. and Shaver, A. "
        "(2021) Reexamining the Effect of Refugees on Civil Conflict: A Global Subnational Analysis. American "
        "Political Science Review 115(4), 1175-1196."
    ),
    cadence_days=182,
    tables=("displacement", "sites"),
    parse=parse,
    fetch=fetch,
    caveats=(
        "Figures are of whole countries at the end of a year; none is placed within a country.",
        "Figures of a year known before June of the next are those of its middle.",
        "Refugees, asylum-seekers, internally displaced and others are never added up, nor added to IOM's figures.",
        "Returns within the year, stateless persons and hosts are not taken in: they are no displaced persons present.",
        "Internally displaced are those whom UNHCR protects or assists, often fewer than IDMC and IOM count.",
        "Small figures are rounded by UNHCR to protect persons: 0 may be up to 4.",
        "The list of sites ends in 2020; closed sites are kept without a place.",
    ),
    fields=(*POPULATION, *SITES),
    known=(*KNOWN, *KNOWN_OF_SITES),
    hosts=HOSTS,
)
