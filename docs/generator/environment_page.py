"""Environment variables. A test holds this list to the code: every name found there must stand here."""

from __future__ import annotations

from dataclasses import dataclass

from .markdown import code, document, table


@dataclass(frozen=True)
class Variable:
    """An environment variable: what it is for, and what holds without it."""

    name: str
    meaning: str
    default: str


USERS = (
    Variable(
        "VSUMBENCH_DATA",
        "Data root: a folder with one folder per dataset. `--data-root` goes before it. A root named here "
        "or there is "
        "never replaced by a planted edition.",
        "the platform's data folder",
    ),
    Variable("VSUMBENCH_RUNS", "Folder of run folders. `--runs` goes before it.", "`./runs`"),
    Variable("VSUMBENCH_PLANTED", "Folder for generated editions.", "the platform's cache folder"),
    Variable(
        "VSUMBENCH_PLUGINS",
        "Distributions to load, joined by commas; the core is always loaded. Set and empty: the core alone.",
        "all that are installed",
    ),
    Variable(
        "VSUMBENCH_WEIGHTS",
        "Folder of weights: one folder an id, named by it.",
        "`weights` in the platform's data folder",
    ),
    Variable(
        "VSUMBENCH_FEATURES", "Folder of extracted features.", "`features` in the platform's cache folder"
    ),
    Variable(
        "VSUMBENCH_FEATURES_BUDGET",
        "What one command may add to it, e.g. `100GiB`; `--budget` goes before it.",
        "`20GiB`",
    ),
    Variable(
        "VSUMBENCH_LLM_API_KEY",
        "Key of the endpoint that `llm-captions` asks. It is written nowhere.",
        "no key is sent",
    ),
    Variable(
        "VSUMBENCH_LLM_CACHE",
        "Folder of its answers, shared by runs.",
        "`llm` in the platform's cache folder",
    ),
    Variable("VSUMBENCH_JAVA", "The `java` to use, a path or a name on PATH (text metrics).", "`java`"),
    Variable(
        "VSUMBENCH_JAVA_TIMEOUT",
        "Seconds without an answer after which Java is ended (text metrics).",
        "`120`",
    ),
    Variable("VSUMBENCH_JAVA_MEMORY", "Heap limit of METEOR, as Java writes it (text metrics).", "`2G`"),
    Variable(
        "_VSUMBENCH_COMPLETE",
        "Set by the script that `vsumbench completion` prints; not for setting by hand.",
        "not set",
    ),
)
DEVELOPERS = (
    Variable(
        "VSUMBENCH_SHARED",
        "Folder with real annotations (`data/`), golden vectors (`golden/`) and the papers' transcribed "
        "numbers (`papers/`); tests that need them are skipped without it.",
        "`../shared` beside the repository, where it is there",
    ),
    Variable(
        "VSUMBENCH_CHROMIUM",
        "The Chromium that tests of pages start; they are skipped where there is none.",
        "`chromium` or `google-chrome` on PATH",
    ),
    Variable("VSUMBENCH_GOLDEN", "Folder of golden vectors.", "`golden` inside `VSUMBENCH_SHARED`"),
    Variable(
        "VSUMBENCH_REFRESH_GOLDEN",
        "Set to 1, the tests of board renderings write them anew instead of comparing.",
        "not set",
    ),
)


def page() -> str:
    """`environment-variables.md`."""
    head = ("variable", "meaning", "default")
    return document(
        "Environment variables",
        "## For users",
        table(head, [(code(v.name), v.meaning, v.default) for v in USERS]),
        "## For tests and CI",
        table(head, [(code(v.name), v.meaning, v.default) for v in DEVELOPERS]),
    )
