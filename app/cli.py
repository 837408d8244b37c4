"""The command line: names are fixed, scripts rely on them.

Exit codes: 0 done, 1 the data or a check says no, 2 wrong usage. Errors are one sentence on standard error;
`--json` prints one JSON document on standard output and nothing else.
"""

import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app.terminal import cell, out, progress, say, show_json, show_rows
from data_pipelines.tables import Tier
from geo.errors import ForewatchError, UsageError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
UnitName = Annotated[str, typer.Option("--unit", help="adm1, adm2 or cell.")]
Period = Annotated[str | None, typer.Option("--period", help="Month as YYYY-MM.")]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")]
TierName = Annotated[str, typer.Option("--tier", help="public, restricted or confidential.")]


@app.callback()
def start(
    context: typer.Context,
    workspace: Annotated[Path, typer.Option(envvar="FOREWATCH_WORKSPACE", help="Folder of the installation.")] = Path(
        "workspace"
    ),
) -> None:
    """Forewatch: subnational risk maps for atrocity prevention, open to their records."""
    if workspace.exists() and not workspace.is_dir():
        raise UsageError(f"The workspace {workspace} is not a folder; name one with --workspace.")
    context.obj = workspace


def tier_of(name: str) -> Tier:
    """Return the tier of a name, or say which there are."""
    if name not in Tier.__members__:
        raise UsageError(f"There is no tier '{name}'; there are {', '.join(Tier.__members__)}.")
    return Tier[name]


def day(text: str | None) -> date | None:
    """Return an ISO date, or say what one looks like."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a date; write it as YYYY-MM-DD.") from None


@app.command()
def demo(
    context: typer.Context,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build only.")] = False,
    port: Port = 8050,
) -> None:
    """Build the invented demo country and open its map."""
    import tempfile

    from data_pipelines.build import build as run
    from data_pipelines.demo import write_demo
    from data_pipelines.snapshot import add as keep
    from data_pipelines.workspace import Workspace

    home = Workspace(context.obj)
    with tempfile.TemporaryDirectory() as folder:
        for source_id, path, iso3, known_at in write_demo(Path(folder)):
            keep(home, source_id, path, iso3, known_at)
    with progress() as tell:
        manifest = run(home, None, tell)
    say(f"edition {manifest['edition']} of the SYNTHETIC demo country is ready")
    if not no_serve:
        from app.server import run as serve_map

        serve_map(context.obj, Tier.public, "127.0.0.1", port, 1)


@app.command("sources")
def list_sources(as_json: Json = False) -> None:
    """List the sources that can be read."""
    from data_pipelines._source import sources

    names = ("id", "title", "provider", "url", "licence", "terms", "citation", "cadence_days", "tables", "caveats")
    rows = [{name: getattr(s, name) for name in names} for s in sources().values()]
    show_json(rows) if as_json else show_rows(rows, ("id", "provider", "licence", "title"))


@app.command("layers")
def list_layers(context: typer.Context, as_json: Json = False) -> None:
    """List the risk layers with their parameters; where an edition is current, also which are stale, and why."""
    from layers._layer import layers

    stale = _stale_layers(context.obj)
    rows = [
        {
            **{
                n: getattr(x, n) for n in ("id", "title", "unit_of_value", "shows", "shows_not", "formula", "reference")
            },
            "parameters": [vars(p) for p in x.parameters],
            "risk_factors": [vars(r) for r in x.risk_factors],
            "stale_because": stale.get(x.id),
        }
        for x in layers().values()
    ]
    show_json(rows) if as_json else show_rows(rows, ("id", "unit_of_value", "title", "stale_because"))


def _stale_layers(workspace: Path) -> dict[str, str]:
    """Return by layer why it is stale in the current edition, empty where it is not; nothing without an edition."""
    from app.attribution import stale_because
    from data_pipelines.edition import current
    from geo.errors import NoEdition
    from layers._layer import layers

    try:
        edition = current(workspace, Tier.public)
    except NoEdition:
        return {}
    return {name: stale_because(edition, name) for name in layers()}


@app.command()
def add(
    context: typer.Context,
    source: str,
    file: Path,
    iso3: Annotated[str | None, typer.Option(help="Country the file is about, as SDN.")] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Day it was published, YYYY-MM-DD; default: the file's own, or today.")
    ] = None,
) -> None:
    """Take a local file as a snapshot."""
    from data_pipelines.snapshot import add as keep
    from data_pipelines.workspace import Workspace

    receipt = keep(Workspace(context.obj), source, file, iso3, day(known_at))
    say(f"{receipt.snapshot}: {receipt.rows_in:,} rows, {receipt.quarantined:,} quarantined ({receipt.series})")
    for note in receipt.notes:
        say(note)


@app.command()
def fetch(
    context: typer.Context,
    source: str,
    iso3: Annotated[str | None, typer.Option(help="Country to ask for, as SDN; default all.")] = None,
    since: Annotated[str | None, typer.Option(help="First day to ask for, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Get a source's newest files from its provider as snapshots."""
    from data_pipelines.receive import receive

    with progress() as tell:
        outcome = receive(context.obj, source, iso3, day(since), tell)
    names = ("snapshot", "series", "iso3", "known_at", "rows_in", "quarantined", "notes", "url")
    rows = [{**{n: getattr(each.receipt, n) for n in names}, "new": each.is_new} for each in outcome.received]
    failed = [each._asdict() for each in outcome.failed]
    if as_json:
        show_json({"source": source, "received": rows, "failed": failed})
    else:
        show_rows(rows, ("snapshot", "series", "rows_in", "quarantined", "known_at", "new"))
    for each in outcome.failed:
        say(f"{each.what}: {each.why}")
    if outcome.failed:
        raise typer.Exit(1)


@app.command()
def build(
    context: typer.Context,
    as_known_on: Annotated[str | None, typer.Option(help="Use what was known on that day, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Build an edition from the snapshots and make it current."""
    from data_pipelines.build import build as run
    from data_pipelines.workspace import Workspace

    with progress() as tell:
        manifest = run(Workspace(context.obj), day(as_known_on), tell)
    _summary(context.obj, manifest, as_json)


@app.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Tell the current edition, its freshness and its row accounts."""
    from data_pipelines.edition import current

    _summary(context.obj, current(context.obj, Tier.public).manifest, as_json)


def _summary(workspace: Path, manifest: Mapping[str, Any], as_json: bool) -> None:
    from app.attribution import known_through
    from data_pipelines.edition import current

    edition = current(workspace, Tier.public)
    sources = {
        name: {
            **{key: facts[key] for key in ("rows_in", "loaded", "quarantined", "superseded", "known_at")},
            "known_through": known_through(edition, name) or None,
            "freshness": edition.standings[name].state,
            "due_on": edition.standings[name].due_on,
        }
        for name, facts in manifest["sources"].items()
    }
    stale = {name: reason for name, reason in _stale_layers(workspace).items() if reason}
    keys = ("edition", "known_on", "built_at", "countries", "synthetic", "checks", "unplaced", "seconds", "peak_mb")
    summary = {
        **{key: manifest[key] for key in keys},
        "sources": sources,
        "judged_on": edition.judged_on,
        "stale": stale,
        "primary": manifest.get("primary", {}),
    }
    if as_json:
        show_json(summary)
        return
    rows = [{"source": name, **facts} for name, facts in sources.items()]
    names = ("rows_in", "loaded", "quarantined", "superseded", "known_at", "known_through", "freshness", "due_on")
    show_rows(rows, ("source", *names))
    for name, reason in stale.items():
        out.print(f"{name}: {reason}", markup=False, highlight=False)
    for table, chosen in summary["primary"].items():
        for country, others in chosen["not_counted"].items():
            where = "" if country == "*" else f" of {country}"
            text = f"{table}{where}: from {chosen['counted'][country]}, and not also from {', '.join(others)}"
            out.print(text, markup=False, highlight=False)
    for reason, n in manifest["unplaced"].items():
        out.print(f"unplaced {n:>7,}  {reason}", markup=False, highlight=False)
    out.print(
        f"edition {summary['edition']} known on {summary['known_on']}: {len(summary['checks'])} checks passed, "
        f"{summary['seconds']} s, {summary['peak_mb']:,} MB",
        markup=False,
        highlight=False,
    )


@app.command()
def quarantine(context: typer.Context, source: str | None = None, as_json: Json = False) -> None:
    """List the rejected rows with their reasons."""
    from data_pipelines._source import source as known
    from data_pipelines.edition import current

    if source is not None:
        known(source)
    rows = current(context.obj, Tier.confidential).query("quarantine", source=source).to_dict("records")
    show_json(rows) if as_json else show_rows(rows, ("source", "line", "rule", "reason"))


@app.command()
def value(
    context: typer.Context,
    layer: str,
    unit: UnitName = "adm2",
    unit_id: Annotated[str | None, typer.Option("--id", help="P-code or cell.")] = None,
    period: Period = None,
    tier: TierName = "confidential",
    as_json: Json = False,
) -> None:
    """Give the values of a layer."""
    from app.attribution import stale_because
    from data_pipelines.edition import current

    edition = current(context.obj, tier_of(tier))
    rows = edition.values(layer, unit, unit_id, period).to_dict("records")
    stale = stale_because(edition, layer)
    if as_json:
        show_json([{**row, "stale_because": stale} for row in rows])
        return
    show_rows(rows, ("id", "name", "period", "value", "low", "high", "n", "status"))
    if stale:
        out.print(stale, markup=False, highlight=False)


@app.command()
def explain(
    context: typer.Context,
    layer: str,
    unit_id: Annotated[str, typer.Option("--id", help="P-code or cell.")],
    period: Annotated[str, typer.Option("--period", help="Month as YYYY-MM.")],
    unit: UnitName = "adm2",
    tier: TierName = "confidential",
    as_json: Json = False,
) -> None:
    """Give the records a value is made of, with their contributions."""
    from data_pipelines.edition import current

    found = current(context.obj, tier_of(tier)).explain(layer, unit, unit_id, period)
    if as_json:
        show_json(found)
        return
    rows = [{**row, "also reported by": also_by(row["also_reported_by"])} for row in found["contributions"]]
    names = ("table", "record_id", "date", "source", "share", "weight", "contribution")
    show_rows(rows, (*names, *(["also reported by"] if any(row["also reported by"] for row in rows) else [])))
    text = f"{found['name']}, {period}: {cell(found['value'])} [{cell(found['low'])}, {cell(found['high'])}]"
    out.print(f"{text} {found['status']} {found['not_additive']}".rstrip(), markup=False, highlight=False)


def also_by(others: list[dict[str, Any]]) -> str:
    """Return which records of other providers are taken for the same, or their sources where the tier shows no more."""
    return ", ".join(other.get("other_id", other["other_source"]) for other in others)


@app.command()
def diff(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", help="Day, YYYY-MM-DD, or id of an edition.")],
    second: Annotated[str, typer.Option("--to", help="Day, YYYY-MM-DD, or id of an edition.")],
    layer: Annotated[str, typer.Option("--layer")] = "incident_intensity",
    unit: UnitName = "adm2",
    as_json: Json = False,
) -> None:
    """Compare the map as known on two days, and split every change into its causes."""
    from data_pipelines.diff import diff as compare
    from data_pipelines.workspace import Workspace

    with progress() as tell:
        found = compare(Workspace(context.obj), first, second, layer, unit, tell)
    if as_json:
        show_json(found)
        return
    rows = [{**row, **{k: round(part, 9) for k, part in (row["parts"] or {}).items()}} for row in found["changes"]]
    present = [cause for cause in found["causes"] if any(row.get(cause) for row in rows)]
    show_rows(rows, ("id", "name", "from", "to", "change", *present))
    ends = [f"{found[end]['month']} (edition {found[end]['edition']})" for end in ("from", "to")]
    lines = [f"{layer} from {ends[0]} to {ends[1]}", *(f"{cause}: {found['causes'][cause]}" for cause in present)]
    for line in (*lines, found["not_additive"]):
        out.print(line, markup=False, highlight=False)


@app.command()
def export(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A layer or a table.")],
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    file_format: Annotated[str, typer.Option("--format", help="geojson, gpkg, csv or geotiff.")] = "geojson",
    unit: UnitName = "adm2",
    period: Period = None,
    tier: TierName = "public",
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
) -> None:
    """Write a layer or a table to a file for other programs."""
    from app.exports import write_export
    from data_pipelines.edition import current

    check_place(to)
    edition = current(context.obj, tier_of(tier))
    write_export(edition, what, file_format, to, unit=unit, period=period, bbox=box_of(bbox))
    say(f"wrote {to}")


@app.command()
def snapshot(
    context: typer.Context,
    layer: Annotated[str, typer.Option("--layer")],
    period: Annotated[str, typer.Option("--period", help="Month as YYYY-MM.")],
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    file_format: Annotated[str, typer.Option("--format", help="png or pdf.")] = "png",
    unit: UnitName = "adm2",
    page: Annotated[str, typer.Option(help="a4, a3 or 16:9.")] = "a4",
    area: Annotated[str | None, typer.Option(help="P-code (or ISO alpha-3) of the area to show alone.")] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    tier: TierName = "public",
) -> None:
    """Draw a briefing map."""
    from app.briefing import draw
    from data_pipelines.edition import current

    check_place(to)
    edition = current(context.obj, tier_of(tier))
    picture = draw(edition, layer, unit, period, page=page, format=file_format, area=area, bbox=box_of(bbox))
    write_file(to, picture)
    say(f"wrote {to}")


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north in degrees, or say how a box is written."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"'{text}' is not a box; write west,south,east,north in degrees.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(f"'{text}' is not a box on the globe; write west,south,east,north in degrees.")
    return west, south, east, north


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written, before any work is done for it."""
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}; make it first or choose another place.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file that could be replaced; name another.")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@app.command()
def dictionary(
    to: Annotated[Path, typer.Option("--out", help="Folder to write; made if it is not there.")],
) -> None:
    """Write the data dictionary: one page per source and per table, as Markdown."""
    from data_pipelines.dictionary import write

    check_place(to / "README.md") if to.is_dir() else check_place(to)
    say(f"wrote {len(write(to)):,} pages to {to}")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8050,
    tier: TierName = "public",
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the map."""
    from app.server import run

    run(context.obj, tier_of(tier), host, port, workers)


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Tell whether this installation is sound."""
    from data_pipelines.doctor import examine

    findings = examine(context.obj)
    rows = [f._asdict() for f in findings]
    show_json(rows) if as_json else show_rows(rows, ("check", "ok", "found"))
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run a command, without one tell which there are; every error ends as one sentence and an exit code."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except ForewatchError as error:
        stop(str(error), error.exit_code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "forewatch"
        stop(f"{error.format_message().rstrip('.')}; `{command} --help` says how.", error.exit_code)
    except Exception as error:
        if "KeyboardInterrupt" in f"{error} {error.__cause__!r}":  # DuckDB makes an error of its own of Ctrl-C
            sys.exit(130)
        if os.environ.get("FOREWATCH_DEBUG"):
            raise
        stop(_unforeseen(error), 1)


def stop(sentence: str, code: int) -> NoReturn:
    """Say why there is no more to do, and end."""
    say(f"forewatch: {sentence}")
    sys.exit(code)


def _unforeseen(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return (
            f"{error.filename} cannot be used ({error.strerror.lower()}); check that it is there and yours to use, and "
            "that the disk has room."
        )
    return (
        f"an unforeseen {type(error).__name__} stopped the command and nothing was published; "
        "set FOREWATCH_DEBUG=1 to see where, and report it."
    )
