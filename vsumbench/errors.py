"""Every error a user can meet: one base class with a message, a hint and an exit code.

The message says what was asked and what is true; the hint is the next command. The command line prints both
on one line and exits with `exit_code`; a traceback appears only with `--debug`.
`docs/reference/exit-codes.md` lists the codes, and a test holds that page to this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class VsumbenchError(Exception):
    """Base of all errors this project raises on purpose.

    Attributes:
        message: what was asked and what is true.
        hint: the next thing to do, or the empty string.
        exit_code: the status the command line exits with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def __reduce__(self) -> tuple[type[VsumbenchError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


class UsageError(VsumbenchError):
    """A command, option value or request file that cannot be understood."""

    exit_code = 2


class RunFailedError(VsumbenchError):
    """A run stopped because its model, data or metric raised; the event log holds the traceback."""

    exit_code = 3


class UnknownNameError(VsumbenchError):
    """A name nobody installed provides. Subclasses give each kind of name its own exit code."""

    exit_code = 9

    @classmethod
    def about(
        cls, kind: str, name: str, known: Iterable[str], *, where: str, extra: str = ""
    ) -> UnknownNameError:
        """Build the error from what is known: `where` is the command that lists the rest."""
        near = close_matches(name, known)
        guess = f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        see = f"See `{where}`."
        return cls(f"{kind} {name!r} is not known.", " ".join(part for part in (guess, extra, see) if part))


class UnknownModelError(UnknownNameError):
    """No installed model has this name."""

    exit_code = 10


class UnknownDatasetError(UnknownNameError):
    """No installed dataset has this name."""

    exit_code = 11


class UnknownMetricError(UnknownNameError):
    """No installed metric has this name."""

    exit_code = 12


class UnknownProtocolError(UnknownNameError):
    """No installed protocol has this name."""

    exit_code = 13


class UnknownOptionError(UnknownNameError):
    """The model has no option, variant or preset of this name."""

    exit_code = 14


class UnknownSettingError(UnknownNameError):
    """No such split set, edition, fold, video or selection rule."""

    exit_code = 15


class OptionValueError(VsumbenchError):
    """An option has a value of the wrong type or outside its range."""

    exit_code = 16


class MismatchError(VsumbenchError):
    """The model, dataset, edition, protocol and metric asked for do not fit together."""

    exit_code = 20


class DataMissingError(VsumbenchError):
    """A dataset, or a file of it, is not where it was looked for."""

    exit_code = 30


class DataDamagedError(VsumbenchError):
    """A data file is there but is truncated, of another type, or breaks the layout it should have."""

    exit_code = 31


class DuplicateIdError(VsumbenchError):
    """The same video id stands twice where ids must be unique."""

    exit_code = 32


class WeightsMissingError(VsumbenchError):
    """A preset needs weights that are not there."""

    exit_code = 33


class PredictionError(VsumbenchError):
    """A prediction of the wrong length or shape, or with a segment, link or text that cannot be."""

    exit_code = 40


class NonFiniteError(PredictionError):
    """A prediction holds NaN or infinity: a failed prediction, never a score."""

    exit_code = 41


class MissingPredictionError(PredictionError):
    """A video of the fold has no prediction."""

    exit_code = 42


class StorageError(VsumbenchError):
    """A folder that cannot be written."""

    exit_code = 50


class DiskFullError(StorageError):
    """The disk is full; what was written before stays valid and the run can be resumed."""

    exit_code = 51


class BusyError(StorageError):
    """Another process works in this run folder."""

    exit_code = 52


class RecordError(VsumbenchError):
    """A folder that holds no readable sealed record."""

    exit_code = 53


class UnavailableError(VsumbenchError):
    """Something outside this project that a part needs is not installed (Java, an extra, a device)."""

    exit_code = 60


class PluginError(VsumbenchError):
    """An installed plugin cannot be used: it fails to import, or what it declares is not a valid spec."""

    exit_code = 70


class CollisionError(PluginError):
    """Two installed distributions provide the same name."""

    exit_code = 71


class ConformanceError(VsumbenchError):
    """A plugin failed its conformance checks."""

    exit_code = 72


class VerificationError(VsumbenchError):
    """A record, or a dataset, is not what its digests and scores say."""

    exit_code = 80


def close_matches(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names nearest to `name`, best first."""
    import difflib

    names = {n.casefold(): n for n in known}
    return [names[n] for n in difflib.get_close_matches(name.casefold(), names, n=limit, cutoff=0.55)]


def all_errors() -> list[type[VsumbenchError]]:
    """Every error class, base first, in the order of exit codes."""
    found: list[type[VsumbenchError]] = [VsumbenchError]
    for cls in found:
        found.extend(sub for sub in cls.__subclasses__() if sub not in found)
    return sorted(found, key=lambda cls: cls.exit_code)
