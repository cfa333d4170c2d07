"""For authors of plugins: the conformance suite, as a function and as pytest tests.

    # tests/test_conformance.py of a plugin
    from vsumbench.testing import conformance

    test_conformance = conformance("model", "mymodel")

The same checks run as `vsumbench check mymodel`.
"""

from .checks import Check, CheckResult, Failed, Outcome, Skipped
from .pytest_suite import conformance
from .suite import check_plugin, checks_for

__all__ = [
    "Check",
    "CheckResult",
    "Failed",
    "Outcome",
    "Skipped",
    "check_plugin",
    "checks_for",
    "conformance",
]
