"""Files on the Humanitarian Data Exchange (HDX), found by the name of their data set."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from data_pipelines._source import Fetched
from geo.errors import DataError

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

HOSTS = ("data.humdata.org", "s3.eu-central-1.amazonaws.com")
"""HDX itself, and the store that its downloads lead to."""


class _File(NamedTuple):
    """One file of a data set: its name in the address, the address, and the day it last changed."""

    name: str
    url: str
    changed_on: date | None


def fetch_dataset(
    web: "Web", folder: Path, dataset: str, is_wanted: Callable[[str], bool], iso3: str | None
) -> Iterator[Fetched]:
    """Yield the files of a data set on HDX whose names are wanted, with the day that HDX says they last changed.

    Parameters
    ----------
    web
        The door of a source whose hosts hold `HOSTS`.
    folder
        Where to.
    dataset
        Its name, the last part of its page's address.
    is_wanted
        Tells by the file's name in lower case.
    iso3
        The one country that the data set is about, if any.

    Raises
    ------
    DataError
        HDX cannot be asked, has no such data set, or none of its files is wanted.
    FileRefused
        A file is not whole.
    """
    from data_pipelines.fetching.download import download  # noqa: PLC0415 - httpx takes 0.1 s to import
    from data_pipelines.fetching.web import ask, attempt  # noqa: PLC0415

    url = f"https://{HOSTS[0]}/api/3/action/package_show"
    files = [each for each in _files(dataset, ask(web, url, params={"id": dataset}).body) if is_wanted(each.name)]
    if not files:
        raise DataError(
            f"The data set '{dataset}' on HDX holds no such file any more; get it by hand from "
            f"https://{HOSTS[0]}/dataset/{dataset} and add it with `forewatch add`."
        )
    for each in files:
        found: list[Fetched] = []
        with attempt(web, each.name):
            found.append(download(web, each.url, folder, name=each.name))
        for fetched in found:
            yield fetched._replace(known_at=each.changed_on or fetched.known_at, iso3=iso3)


def _files(dataset: str, body: bytes) -> list[_File]:
    """Return the files that HDX lists; a list that cannot be read is told as such."""
    try:
        resources = json.loads(body)["result"]["resources"]
        return [_file(each) for each in resources if each.get("url")]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise DataError(f"HDX's list of the files of '{dataset}' cannot be read; try again later.") from None


def _file(resource: dict[str, Any]) -> _File:
    url = str(resource["url"])
    changed = str(resource.get("last_modified") or "")[:10]
    return _File(url.rpartition("/")[2].lower(), url, date.fromisoformat(changed) if changed else None)
