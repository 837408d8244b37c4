"""What a source's own fetch brings from a provider that plays a script."""

from dataclasses import replace

from data_pipelines._source import source
from data_pipelines.fetching.limits import Patience
from data_pipelines.fetching.web import open_web

QUICK = Patience(attempts=2, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0, longest_asked_s=0.5, read_s=2)


def asked(server, workspace, name, iso3=None, since=None, **patience):
    """Return the files that a source fetches with all its hosts played by the server, and what failed on the way."""
    chosen = source(name)
    if not (workspace / "forewatch.toml").exists():
        server.stand_in(workspace, *chosen.hosts)
    folder = workspace / "folder"
    folder.mkdir(exist_ok=True)
    with open_web(chosen, workspace, lambda _: None, patience=replace(QUICK, **patience)) as web:
        return list(chosen.fetch(web, folder, iso3, since)), web.failures
