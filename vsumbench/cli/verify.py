"""`vsumbench verify`: is a sealed run what it says?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ._options import data_root_option, json_option, print_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@data_root_option
@json_option
def command(folder: Path, data_root: Path | None, as_json: bool) -> None:
    """Check a sealed run: digests of its files, and every score computed again from its predictions.

    Example: vsumbench verify runs/human-tvsum-338953eff442
    """
    from vsumbench.errors import DataMissingError, VerificationError
    from vsumbench.plugins import default_plugins
    from vsumbench.running.verifying import verify_run

    from ._progress import TerminalReporter

    with TerminalReporter() as reporter:
        found = verify_run(folder, default_plugins(), reporter.advance, data_root)
    if as_json:
        content = asdict(found) | {"ok": found.ok}
        content["scores"] = [asdict(score) | {"equal": score.equal} for score in found.scores]
        print_json(content)
    else:
        for what, names in (
            ("changed", found.changed),
            ("missing", found.missing),
            ("not recorded", found.added),
            ("unfinished, in no recorded number", found.unfinished),
        ):
            for name in names:
                click.echo(f"  {what}: {name}")
        for score in found.scores:
            mark = "not computed" if score.unavailable else "equal" if score.equal else "DIFFERENT"
            click.echo(
                f"  {score.protocol} {score.metric}: recorded {score.recorded}, now {score.recomputed}: "
                f"{mark}"
            )
    if found.differs:
        wrong = [*found.changed, *found.missing, *found.added]
        wrong += [f"{score.protocol} {score.metric}" for score in found.scores if not score.equal]
        raise VerificationError(
            f"{found.run} is not what it was sealed as: "
            f"{', '.join(wrong[:5])}{', …' if len(wrong) > 5 else ''}.",
            "Do not use its numbers: finish the scoring that was interrupted, or repeat the run elsewhere.",
        )
    if found.not_recomputed:
        raise DataMissingError(
            f"{found.run}: its {found.files} files are as sealed, but its scores were not computed again: "
            f"{found.not_recomputed}"
        )
    if not as_json:
        click.echo(f"{found.run}: {found.files} files and {len(found.scores)} scores are as sealed")
