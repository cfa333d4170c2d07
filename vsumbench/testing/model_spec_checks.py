"""Checks of what a model declares: metadata, options, and that what it does not support is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from vsumbench.config.options import compose_options
from vsumbench.contracts import EditionSpec, Extra, ModelSpec, Provides
from vsumbench.errors import MismatchError, UnavailableError, UnknownOptionError
from vsumbench.importing import load_implementation
from vsumbench.running.matching import check_inputs

from .checks import Check, Failed, Skipped, require
from .common_checks import require_citation, require_texts
from .model_subject import ModelSubject

ABSENT = Extra(module="vsumbench_absent_package", install="vsumbench-absent-package[all]")


def metadata(subject: ModelSubject) -> None:
    """Title, tasks, licence, and a citation or a note; names of variants and presets unique."""
    spec: ModelSpec = subject.spec
    require_texts(subject, ("title", "licence"))
    require_citation(subject)
    require(spec.tasks, "the spec names no task")
    for what, parts in (("variant", spec.variants), ("preset", spec.presets)):
        names: Sequence[str] = [part.id for part in parts]
        require(len(set(names)) == len(names), f"two {what}s have the same id: {', '.join(names)}")
    for variant in spec.variants:
        more = [task.value for task in variant.tasks if task not in spec.tasks]
        require(not more, f"variant {variant.id!r} does {', '.join(more)}, which the model does not")
    declared = {weights.id for weights in spec.weights}
    for preset in spec.presets:
        unknown = set(preset.weights) - declared
        require(
            not unknown,
            f"preset {preset.id!r} needs weights the spec does not declare: {', '.join(sorted(unknown))}",
        )


def options(subject: ModelSubject) -> None:
    """A frozen dataclass with defaults and documented fields, in which every variant and preset fits."""
    spec: ModelSpec = subject.spec
    kind = spec.options
    require(dataclasses.is_dataclass(kind), f"options is {kind!r}, which is no dataclass")
    require(kind.__dataclass_params__.frozen, f"{kind.__name__} is not frozen")  # type: ignore[attr-defined]
    missing = dataclasses.MISSING
    # An option of a base class is described there.
    described = "".join((one.__doc__ or "").partition("Attributes:")[2] for one in kind.__mro__)
    for field in dataclasses.fields(kind):
        has_default = field.default is not missing or field.default_factory is not missing
        require(has_default, f"option {field.name!r} has no default")
        require(
            field.name in described,
            f"option {field.name!r} is not described under `Attributes:` in the docstring of {kind.__name__}",
        )
    for variant in spec.variants or (None,):
        for preset in spec.presets or (None,):
            compose_options(spec, variant=variant, preset=preset)


def refuses_options(subject: ModelSubject) -> None:
    """An option the model does not have is an error, not a value nobody reads."""
    try:
        compose_options(subject.spec, overrides=("no_such_option_of_this_model=1",))
    except UnknownOptionError:
        return
    raise Failed("an unknown option was accepted")


def refuses_data(subject: ModelSubject) -> None:
    """Data without the declared inputs are refused before anything runs."""
    spec: ModelSpec = subject.spec
    if not spec.inputs:
        raise Skipped("it declares no inputs: any video will do")
    bare = EditionSpec(id="bare", provides=Provides(), tasks=spec.tasks)
    try:
        check_inputs(spec, subject.material.dataset, bare)
    except MismatchError:
        return
    raise Failed(
        "an edition without features, frames or text was accepted; the spec's inputs hold an empty entry"
    )


def missing_extra(subject: ModelSubject) -> None:
    """Where a package is not installed, the message names it and the command that installs it."""
    for extra in (*subject.spec.extras, ABSENT):
        require(
            extra.module.strip() and extra.install.strip(), f"{extra} lacks its module or how to install it"
        )
    try:
        load_implementation(subject.spec.implementation, what=subject.what, extras=(ABSENT,))
    except UnavailableError as error:
        require(ABSENT.install in str(error), f"the message does not say how to install it: {error}")
        return
    raise Failed("a missing package went unnoticed")


CHECKS = (
    Check("metadata", "title, tasks, licence and citation or note are given", metadata),
    Check("options", "options are a frozen dataclass with defaults and documented fields", options),
    Check("refuses-unknown-options", "an option it does not have is refused", refuses_options),
    Check("refuses-other-data", "data without its declared inputs are refused", refuses_data),
    Check("missing-extra", "a missing package gives one error with the install command", missing_extra),
)
