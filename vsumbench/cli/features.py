"""`vsumbench features`: extract features of videos into the cache, list them, check them, remove them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._names import dataset_names, extractor_names
from ._options import data_root_option, json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.data.features import Entry
    from vsumbench.running.extract_plan import ExtractionPlan
    from vsumbench.running.extracting import ExtractionReport


@click.group("features")
def command() -> None:
    """Extract, list, check and remove features of videos.

    They lie below $VSUMBENCH_FEATURES, else below the platform's cache folder, under the digest of the video
    file, the extractor, its weights and the picks: nothing is extracted twice.
    """


@command.command()
@click.argument("extractor", shell_complete=extractor_names)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "--dataset", "-d", metavar="NAME", shell_complete=dataset_names, help="Take a dataset's videos."
)
@click.option("--edition", default="auto", metavar="ID", show_default=True, help="Edition of the dataset.")
@click.option(
    "--video", "ids", multiple=True, metavar="ID", help="Of the dataset, this video alone; repeatable."
)
@data_root_option
@click.option(
    "--fps", type=float, metavar="R", help="Of files, R steps a second.  [default: the extractor's, else 2]"
)
@click.option("--count", type=int, metavar="N", help="Of files, N steps evenly spread.")
@click.option("--every", type=int, metavar="N", help="Of files, every N-th frame.")
@click.option("--budget", metavar="SIZE", help="Refuse to add more than this to the cache.  [default: 20GiB]")
@click.option(
    "--device", default="auto", show_default=True, metavar="NAME", help="auto, cpu, cuda, cuda:N or mps."
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "float64"]),
    default="float32",
    show_default=True,
    help="What the network computes in; bfloat16 by autocast. Stored is float32.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    metavar="N",
    help="Frames that go through together.  [default: 8 on cpu, else 32]",
)
@click.option("--dry-run", is_flag=True, help="Say what it takes; decode nothing.")
@json_option
def extract(
    extractor: str,
    files: tuple[Path, ...],
    dataset: str | None,
    edition: str,
    ids: tuple[str, ...],
    data_root: Path | None,
    fps: float | None,
    count: int | None,
    every: int | None,
    budget: str | None,
    device: str,
    dtype: str,
    batch: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Extract what the cache lacks of the features EXTRACTOR writes.

    EXTRACTOR is one of `vsumbench list extractors`, many with something in brackets:
    `resnet50[weights.safetensors]`, `clip[openai/clip-vit-base-patch32]`. The videos are FILEs or those of
    --dataset. The size is said first. Each video is kept as soon as it is whole, so an interrupted command
    goes on where it stopped. Exits with 31 where a video could not be read; the others are kept.
    """
    from vsumbench.data.features import ExtractionOptions, FeatureCache, parse_size
    from vsumbench.errors import UsageError
    from vsumbench.plugins import default_plugins
    from vsumbench.running import extracting
    from vsumbench.running.extract_from import videos_of_dataset, videos_of_files

    from ._progress import TerminalReporter

    if bool(files) == bool(dataset):
        which = "not both" if files else "there is neither here"
        raise UsageError(
            f"features are extracted of video files or of a --dataset; {which}.",
            "See `vsumbench features extract --help`.",
        )
    if files and (data_root or edition != "auto"):
        raise UsageError(
            f"{'--data-root' if data_root else '--edition'} is of a dataset; there are files here.",
            "Leave it out, or name a --dataset.",
        )
    rules = {"fps": fps, "count": count, "every": every}
    allowed = None if budget is None else parse_size(budget)
    plugins = default_plugins()
    spec = plugins.extractor(extractor)
    context = extracting.extraction_context(
        plugins, extracting.device_for(spec, device), dtype, ExtractionOptions(batch=batch)
    )
    extraction = extracting.prepare_extractor(plugins, spec, context)
    cache = FeatureCache()
    with TerminalReporter() as reporter:
        if dataset:
            videos = videos_of_dataset(plugins, dataset, edition, ids, data_root, rules, extraction, reporter)
        else:
            videos = videos_of_files(files, ids, rules, spec)
        if dry_run:
            plan = extracting.plan_extraction(extraction, videos, cache)
            _show_plan(plan, cache.root, as_json)
            return
        report = extracting.extract_all(extraction, videos, cache, budget=allowed, reporter=reporter)
    _show_report(report, cache.root, as_json)


@command.command("list")
@json_option
def list_features(as_json: bool) -> None:
    """List what is in the cache: one line an extractor; with --json one entry a video."""
    from vsumbench.data.features import FeatureCache, show_size

    cache = FeatureCache()
    entries = list(cache.entries())
    unreadable = len(cache.files()) - len(entries)
    if as_json:
        print_json(
            {
                "root": cache.root,
                "bytes": cache.size(),
                "unreadable": unreadable,
                "features": [{"path": one.path, "bytes": one.bytes, **one.facts} for one in entries],
            }
        )
        return
    click.echo(f"Features: {cache.root}")
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for one in entries:
        key = one.facts["key"]
        name = (str(one.facts["feature"]), key["extractor"], key["weights"][:12], key["precision"])
        groups.setdefault(name, []).append(one)
    print_table(
        ("feature", "extractor", "weights", "precision", "videos", "steps", "size"),
        [
            (
                *name,
                str(len(found)),
                str(sum(one.facts["shape"][0] for one in found)),
                show_size(sum(one.bytes for one in found)),
            )
            for name, found in sorted(groups.items())
        ],
    )
    if unreadable:
        click.echo(f"{unreadable} cannot be read; see `vsumbench features verify`.")


@command.command()
@json_option
def verify(as_json: bool) -> None:
    """Read every feature in the cache again and hold it to its digest. Exits with 80 where one is damaged."""
    from vsumbench.data.features import FeatureCache
    from vsumbench.errors import VerificationError
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    cache = FeatureCache()
    with TerminalReporter() as reporter:
        troubles = cache.verify(stage_progress("verify features", reporter.advance))
    count = len(cache.files())
    if as_json:
        damaged = [{"path": one.path, "reason": one.reason} for one in troubles]
        print_json({"root": cache.root, "features": count, "damaged": damaged})
    else:
        print_facts(
            [
                ("folder", str(cache.root)),
                ("features", str(count)),
                ("verdict", "" if troubles else "all is well"),
            ]
        )
        for one in troubles:
            click.echo(f"problem: {one.reason}")
    if troubles:
        raise VerificationError(
            f"{len(troubles)} of {count} features in {cache.root} are damaged: {troubles[0].path.name}"
            f"{' and others' if len(troubles) > 1 else ''}.",
            "Remove them with `vsumbench features remove --damaged`, then extract again.",
        )


@command.command()
@click.argument("extractor", required=False, metavar="[EXTRACTOR]")
@click.option("--damaged", is_flag=True, help="Remove what `verify` finds damaged.")
@click.option("--all", "everything", is_flag=True, help="Remove everything.")
@json_option
def remove(extractor: str | None, damaged: bool, everything: bool, as_json: bool) -> None:
    """Remove features: those of EXTRACTOR, damaged ones, or all.

    EXTRACTOR is as `list` and records show it: `resnet50`, `resnet50@1` or `resnet50@1+3f1c09aa54de`.
    """
    from vsumbench.data.features import FeatureCache, show_size
    from vsumbench.errors import UsageError

    if (extractor is not None) + damaged + everything != 1:
        raise UsageError(
            "say what to remove: an extractor, --damaged or --all.", "See `vsumbench features list`."
        )
    cache = FeatureCache()
    if everything:
        paths = cache.files()
    elif damaged:
        paths = [one.path for one in cache.verify()]
    else:
        paths = [one.path for one in cache.entries() if extractor in _names(one)]
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        cache.remove(path)
    if as_json:
        print_json({"root": cache.root, "removed": len(paths), "bytes": size})
    else:
        what = f"{len(paths)} feature{'s' * (len(paths) != 1)}"
        click.echo(f"removed {what} ({show_size(size)}) from {cache.root}")


def _names(entry: Entry) -> tuple[str, ...]:
    """What people may call the extractor of a feature."""
    key = entry.facts["key"]
    return entry.facts["feature"], key["extractor"], f"{key['extractor']}+{key['weights'][:12]}"


def _show_plan(plan: ExtractionPlan, root: Path, as_json: bool) -> None:
    if as_json:
        print_json(plan.to_dict() | {"root": root})
    else:
        click.echo(plan.line())


def _show_report(report: ExtractionReport, root: Path, as_json: bool) -> None:
    from vsumbench.errors import DataDamagedError

    if as_json:
        print_json(report.to_dict() | {"root": root})
    else:
        click.echo(report.line())
        for video_id, reason in report.failed.items():
            click.echo(f"{video_id}: {reason}")
    if report.failed:
        first = next(iter(report.failed.values()))
        raise DataDamagedError(
            f"{len(report.failed)} of {report.plan.videos} videos could not be read: {first}",
            "The others are kept; repeat the command once the files are right.",
        )
