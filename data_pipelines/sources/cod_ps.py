"""COD-PS: the population figures that humanitarian operations of a country have agreed on, as HDX HAPI gives them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from data_pipelines._source import Fetched, Parsed, Raw, Source
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _hapi_population, _hdx
from geo.errors import UsageError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web


def parse(raw: Raw) -> Parsed:
    """Read HAPI's population file; see `data_pipelines.sources._hapi_population.read`.

    Raises
    ------
    FileRefused
        The file is not this product, or of another country than `raw.iso3`.
    """
    return _hapi_population.read(raw, read_rows(raw.path))


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the file of a country from HDX, which needs no key; figures are of years, so `since` leaves none out.

    Raises
    ------
    UsageError
        No country is named.
    DataError
        As of `data_pipelines.sources._hdx.fetch_dataset`.
    """
    if iso3 is None:
        raise UsageError("Population is fetched country by country; name one, such as --iso3 SDN.")
    name = f"hdx_hapi_population_{iso3.lower()}.csv"
    yield from _hdx.fetch_dataset(web, folder, f"hdx-hapi-{iso3.lower()}", lambda found: found == name, iso3)


SOURCE = Source(
    id="cod_ps",
    title="Common Operational Datasets: population statistics (HDX HAPI)",
    provider="OCHA, UNFPA and national statistical offices",
    url="https://data.humdata.org/organization/hdx-hapi",
    licence="CC BY 3.0 IGO",
    terms="Free to use with credit; each country's figures keep the terms of their own dataset on HDX.",
    citation="OCHA and UNFPA, Common Operational Datasets: population statistics (COD-PS), via HDX HAPI",
    cadence_days=365,
    tables=("population", "population_groups"),
    parse=parse,
    fetch=fetch,
    caveats=(
        "The same people stand in the rows of three admin levels, of sexes and of ages; they are never added up.",
        "Figures are projections from a census that may be decades old, and do not follow displacement.",
    ),
    fields=_hapi_population.FIELDS,
    known=_hapi_population.KNOWN,
    hosts=_hdx.HOSTS,
)
