"""The plugin host: names, aliases, qualified names, collisions, broken plugins, hints, hooks."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vsumbench import errors
from vsumbench.contracts import Extra
from vsumbench.entrypoints import Kind, normalise, scan
from vsumbench.first_party import FIRST_PARTY, MEASURED, first_party_names
from vsumbench.hooks import Hooks
from vsumbench.hookspecs import hookimpl
from vsumbench.plugins import Plugins
from vsumbench.testing.distributions import model_module, write_distribution

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on `sys.path`; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def install(site: Path) -> Callable[..., None]:
    """Installs a distribution with models: `install("dist-a", {"mymodel": "mod:SPEC"}, mod=source)`."""

    def add(name: str, models: dict[str, str], version: str = "1.0", **modules: str) -> None:
        write_distribution(
            site, name, entry_points={"vsumbench.models": models}, modules=modules, version=version
        )
        importlib.invalidate_caches()

    return add


def test_names_come_from_metadata_without_importing_the_plugin(install: Callable[..., None]) -> None:
    install("dist-a", {"quiet": "module_never_imported:SPEC"}, module_never_imported="raise SystemExit(3)")
    plugins = Plugins()
    entry = plugins.origin(Kind.MODEL, "quiet")
    assert (entry.distribution, entry.version, entry.target) == (
        "dist-a",
        "1.0",
        "module_never_imported:SPEC",
    )
    assert "quiet" in plugins.names(Kind.MODEL)
    assert "module_never_imported" not in sys.modules


@pytest.mark.parametrize("spelling", ["my-model", "My_Model", " my model ", "MY-MODEL", "dist_a:my_model"])
def test_case_dash_underscore_and_space_make_no_difference(
    install: Callable[..., None], spelling: str
) -> None:
    install("dist-a", {"my-model": "mod_spelling:SPEC"}, mod_spelling=model_module("my-model"))
    assert Plugins().model(spelling).id == "my-model"


def test_a_bracketed_argument_finds_the_entry_of_the_base_name(install: Callable[..., None]) -> None:
    install("dist-a", {"wrapper": "mod_wrapper:SPEC"}, mod_wrapper=model_module("wrapper"))
    assert Plugins().origin(Kind.MODEL, "wrapper[csta]").name == "wrapper"
    with pytest.raises(errors.UnknownModelError, match="takes nothing in brackets"):
        Plugins().model("wrapper[csta]")


def test_a_name_registered_with_brackets_wins_over_its_base(install: Callable[..., None]) -> None:
    install(
        "dist-a",
        {"wrapper": "mod_w1:SPEC", "wrapper[x]": "mod_w2:SPEC"},
        mod_w1=model_module("wrapper"),
        mod_w2=model_module("wrapper[x]"),
    )
    assert Plugins().model("wrapper[x]").id == "wrapper[x]"


def test_an_alias_collapses_to_the_spec_that_bears_the_name(install: Callable[..., None]) -> None:
    install("dist-a", {"aaa": "mod_al:SPEC", "zzz": "mod_al:SPEC"}, mod_al=model_module("zzz"))
    plugins = Plugins()
    assert plugins.model("aaa") is plugins.model("zzz")
    owned = [(spec.id, entry.name) for spec, entry in plugins.owned_specs(Kind.MODEL) if spec.id == "zzz"]
    assert owned == [("zzz", "zzz")]
    assert plugins.aliases(Kind.MODEL, plugins.origin(Kind.MODEL, "zzz")) == ("aaa",)


def test_an_entry_point_that_is_no_name_of_its_spec_is_refused(install: Callable[..., None]) -> None:
    install("dist-a", {"other": "mod_o:SPEC"}, mod_o=model_module("its-own-name"))
    with pytest.raises(errors.PluginError, match=r"'other' of dist-a 1.0: .* has the id 'its-own-name'"):
        Plugins().model("other")


def test_two_owners_are_an_error_only_for_those_who_use_the_name(install: Callable[..., None]) -> None:
    install("dist-a", {"twin": "mod_ta:SPEC", "single": "mod_ta:OTHER"},
            mod_ta=model_module("twin") + model_module("single", attribute="OTHER"))  # fmt: skip
    install("dist-b", {"twin": "mod_tb:SPEC"}, mod_tb=model_module("twin"))
    plugins = Plugins()
    assert plugins.model("single").id == "single"
    with pytest.raises(errors.CollisionError) as caught:
        plugins.model("twin")
    assert "dist-a 1.0" in caught.value.message and "dist-b 1.0" in caught.value.message
    assert "`dist-a:twin`" in caught.value.hint and "`dist-b:twin`" in caught.value.hint
    assert plugins.model("dist-b:twin") is importlib.import_module("mod_tb").SPEC
    problems = [p.message for p in plugins.specs(Kind.MODEL)[1] if p.name == "twin"]
    assert problems == ["model 'twin' is provided by dist-a and dist-b. Say `dist-a:twin` or `dist-b:twin`."]


def test_one_distribution_declaring_two_objects_for_one_name_is_a_problem(
    install: Callable[..., None],
) -> None:
    install("dist-a", {"a-b": "mod_d1:SPEC", "a_b": "mod_d2:SPEC"},
            mod_d1=model_module("a-b"), mod_d2=model_module("a-b"))  # fmt: skip
    with pytest.raises(errors.CollisionError, match="declares it twice"):
        Plugins().model("a-b")


def test_the_same_distribution_twice_on_the_path_counts_once_and_the_first_wins(
    install: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("dist-a", {"dup": "mod_dup:SPEC"}, version="2.0", mod_dup=model_module("dup"))
    later = tmp_path / "later"
    write_distribution(
        later, "Dist_A", entry_points={"vsumbench.models": {"dup": "x:Y"}}, modules={}, version="1.0"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(later)])
    assert Plugins().origin(Kind.MODEL, "dup").version == "2.0"


def test_a_plugin_that_raises_on_import_costs_one_line_and_nothing_else(install: Callable[..., None]) -> None:
    install("dist-bad", {"bad": "mod_bad:SPEC", "bad-alias": "mod_bad:SPEC"},
            mod_bad="raise RuntimeError('first line\\nsecond line')")  # fmt: skip
    install("dist-good", {"good": "mod_good:SPEC"}, mod_good=model_module("good"))
    plugins = Plugins()
    specs, problems = plugins.specs(Kind.MODEL)
    assert "good" in [spec.id for spec in specs]
    mine = [p for p in problems if p.distribution == "dist-bad"]
    assert [p.message for p in mine] == [
        "model 'bad' of dist-bad 1.0: importing mod_bad:SPEC raised RuntimeError: first line"
    ]
    assert "second line" in mine[0].detail
    with pytest.raises(errors.PluginError):
        plugins.model("bad")


@pytest.mark.parametrize(
    "content",
    [
        b"[vsumbench.models]\nno equals sign\n",
        b"[vsumbench.models]\nx = \xff\xfe:Y\n",
        b"[vsumbench.models]\nx = rm -rf\n",
    ],
)
def test_unreadable_metadata_cost_one_line_and_nothing_else(
    install: Callable[..., None], site: Path, content: bytes
) -> None:
    install("dist-torn", {"x": "y:Z"})
    (site / "dist_torn-1.0.dist-info" / "entry_points.txt").write_bytes(content)
    install("dist-good", {"good": "mod_good2:SPEC"}, mod_good2=model_module("good"))
    plugins = Plugins()
    assert plugins.model("good").id == "good"
    mine = [p.message for p in plugins.problems() if p.distribution == "dist-torn"]
    assert len(mine) == 1 and mine[0].startswith("the entry points of dist-torn cannot be read: ")
    assert "\n" not in mine[0]


def test_a_plugin_that_exits_on_import_does_not_take_the_process_along(install: Callable[..., None]) -> None:
    install("dist-bad", {"exits": "mod_exit:SPEC"}, mod_exit="raise SystemExit(0)")
    with pytest.raises(errors.PluginError, match="SystemExit"):
        Plugins().model("exits")


def test_a_plugin_that_prints_on_import_does_not_write_on_standard_output(
    install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    install("dist-a", {"loud": "mod_loud:SPEC"}, mod_loud="print('hello')\n" + model_module("loud"))
    Plugins().model("loud")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("SPEC = 3", "is of type int, expected ModelSpec"),
        ("", "has no 'SPEC'"),
        (
            model_module("wrong").replace("id=", "api_version=99, id="),
            "plugin API 99; this vsumbench speaks 1 to",
        ),
        (model_module("wrong").replace("id=", "api_version='1', id="), "plugin API '1'"),
        (model_module("wrong").replace("id=", "api_version=True, id="), "plugin API True"),
        (model_module("wrong").replace("id=", "api_version=0, id="), "plugin API 0"),
        (model_module(""), "has no id"),
    ],
)
def test_what_is_no_valid_spec_is_refused_with_its_reason(
    install: Callable[..., None], source: str, message: str
) -> None:
    install("dist-a", {"wrong": "mod_wrong:SPEC"}, mod_wrong=source)
    with pytest.raises(errors.PluginError, match=re.escape(message)):
        Plugins().model("wrong")


def test_a_spec_of_another_kind_is_refused(install: Callable[..., None], site: Path) -> None:
    write_distribution(
        site,
        "dist-k",
        entry_points={"vsumbench.metrics": {"mm": "mod_kind:SPEC"}},
        modules={"mod_kind": model_module("mm")},
    )
    with pytest.raises(errors.PluginError, match="is of type ModelSpec, expected MetricSpec"):
        Plugins().metric("mm")


def test_a_spec_can_be_given_by_file_or_module_path(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine_in_a_file.py").write_text(
        model_module("mine").replace("mine_missing:Model", "mine_in_a_file:Model") + "class Model: pass\n"
    )
    (site / "pack").mkdir()
    (site / "pack" / "__init__.py").write_text("")
    (site / "pack" / "mod.py").write_text(model_module("packed", attribute="OTHER"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    importlib.invalidate_caches()
    plugins = Plugins()
    spec = plugins.model("./mine_in_a_file.py:SPEC")
    assert spec.id == "mine"
    assert plugins.model(str(tmp_path / "mine_in_a_file.py")) is spec
    assert plugins.load(spec.implementation, what="model 'mine'").__name__ == "Model"
    assert plugins.model("pack.mod:OTHER").id == "packed"
    assert plugins.origin(Kind.MODEL, "pack.mod:OTHER").distribution == "development"
    with pytest.raises(errors.PluginError, match=r"pack\.mod has no 'SPEC'"):
        plugins.model("pack.mod")
    with pytest.raises(errors.PluginError, match="there is no file"):
        plugins.model("./nothing_here.py:SPEC")


def test_a_file_whose_name_is_a_module_already_is_refused_and_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "json.py").write_text(model_module("x"))
    with pytest.raises(errors.PluginError, match=r"the name of json.py is taken by .*json"):
        Plugins().model(str(tmp_path / "json.py"))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.MODEL, errors.UnknownModelError),
        (Kind.DATASET, errors.UnknownDatasetError),
        (Kind.METRIC, errors.UnknownMetricError),
        (Kind.PROTOCOL, errors.UnknownProtocolError),
        (Kind.ENCODER, errors.UnknownNameError),
    ],
)
def test_an_unknown_name_is_an_error_of_its_kind_that_names_the_listing(
    kind: Kind, error: type[errors.VsumbenchError]
) -> None:
    with pytest.raises(error) as caught:
        Plugins().spec(kind, "qqqqqqqq")
    assert type(caught.value) is error
    assert f"vsumbench list {kind.plural}" in caught.value.hint


def test_a_misspelt_name_is_answered_with_the_nearest(install: Callable[..., None]) -> None:
    install("dist-a", {"flowersum": "mod_f:SPEC"}, mod_f=model_module("flowersum"))
    with pytest.raises(errors.UnknownModelError, match="Did you mean 'flowersum'"):
        Plugins().model("flowresum")


def test_an_absent_first_party_name_says_who_provides_it() -> None:
    plugins = Plugins()
    with pytest.raises(errors.UnknownModelError) as caught:
        plugins.model("LLMVS")
    assert caught.value.hint == (
        "It is planned for vsumbench-multimodal, which is not released yet. See `vsumbench list models`."
    )
    with pytest.raises(errors.UnknownModelError, match="'sspvs' is planned for vsumbench-multimodal"):
        plugins.model("sspsv")


def test_a_released_distribution_that_is_not_installed_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VSUMBENCH_PLUGINS", "")
    with pytest.raises(
        errors.UnknownMetricError, match="install it with `pip install vsumbench-text-metrics`"
    ):
        Plugins().metric("cider")


def test_a_name_of_another_kind_is_pointed_out() -> None:
    with pytest.raises(errors.UnknownModelError, match="There is a metric of this name"):
        Plugins().model("kendall")


def test_the_environment_variable_restricts_loading_to_named_distributions(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("dist-a", {"in-a": "mod_ra:SPEC"}, mod_ra=model_module("in-a"))
    install("dist-b", {"in-b": "mod_rb:SPEC"}, mod_rb=model_module("in-b"))
    monkeypatch.setenv("VSUMBENCH_PLUGINS", "Dist_A, no-such-one")
    plugins = Plugins()
    assert {"in-a", "random"} <= set(plugins.names(Kind.MODEL))
    assert "dist-b" in scan().left_out
    with pytest.raises(errors.UnknownModelError, match=r"\$VSUMBENCH_PLUGINS leaves out .*dist-b"):
        plugins.model("in-b")
    assert "$VSUMBENCH_PLUGINS names 'no-such-one', which is not installed." in [
        p.message for p in plugins.problems()
    ]


# Implementations ------------------------------------------------------------------------------------------


def test_a_missing_extra_is_unavailable_and_names_the_command() -> None:
    extra = Extra(module="no_such_package.sub", install="vsumbench-x[fast]")
    with pytest.raises(errors.UnavailableError) as caught:
        Plugins().load("json:loads", what="model 'x'", extras=(extra,))
    assert caught.value.hint == "Run `pip install 'vsumbench-x[fast]'`."


def test_a_missing_training_package_names_the_train_extra(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsumbench.importing.TRAIN_PACKAGES", ("absent_trainer",))
    (site / "uses_trainer.py").write_text("import absent_trainer")
    with pytest.raises(errors.UnavailableError, match=r"pip install 'vsumbench\[train\]'"):
        Plugins().load("uses_trainer:Model", what="model 'x'")


def test_a_missing_package_nobody_declared_is_a_plugin_error(site: Path) -> None:
    (site / "uses_unknown.py").write_text("import absent_and_undeclared")
    with pytest.raises(errors.PluginError, match=r"model 'x'.*No module named 'absent_and_undeclared'"):
        Plugins().load("uses_unknown:Model", what="model 'x'")


def test_a_misspelt_attribute_of_an_implementation_gets_the_nearest() -> None:
    with pytest.raises(errors.PluginError, match=r"json has no 'laods'. Did you mean 'loads'"):
        Plugins().load("json:laods", what="model 'x'")


# Hooks ----------------------------------------------------------------------------------------------------

HOOK_HEAD = "from vsumbench.hookspecs import hookimpl\n\n@hookimpl\n"


def install_hooks(site: Path, **sources: str) -> None:
    for name, body in sources.items():
        write_distribution(
            site,
            f"dist-{name}",
            entry_points={"vsumbench.hooks": {name: f"hooks_{name}"}},
            modules={f"hooks_{name}": body if body.startswith("raise") else HOOK_HEAD + body},
        )
    importlib.invalidate_caches()


def test_broken_hook_plugins_each_cost_one_line_and_the_good_one_is_called(site: Path) -> None:
    install_hooks(
        site,
        misspelt="def run_started(run, foldr): ...",
        unknown="def record_seeled(record): ...",
        raising="raise ValueError('at import')",
        wrapper="def run_started(run):\n    yield\n".replace("def", "def", 1),
        good="def run_started(run):\n    import sys\n    sys.modules[__name__].seen = run\n",
    )
    wrapper = site / "hooks_wrapper.py"
    wrapper.write_text(wrapper.read_text().replace("@hookimpl", "@hookimpl(wrapper=True)"))
    plugins = Plugins()
    hooks = plugins.hooks()
    lines = {p.name: p.message for p in plugins.problems() if p.kind == "hook"}
    assert set(lines) == {"misspelt", "unknown", "raising", "wrapper"}
    assert "hook plugin 'misspelt' of dist-misspelt 1.0" in lines["misspelt"]
    assert "run_started asks for 'foldr'; that hook has run, folder" in lines["misspelt"]
    assert "there is no hook 'record_seeled'; did you mean 'record_sealed'?" in lines["unknown"]
    assert "raised ValueError: at import" in lines["raising"]
    assert "wrappers are not supported" in lines["wrapper"]
    assert all("\n" not in line for line in lines.values())
    assert hooks.notify("run_started", run="r1", folder=Path()) == ()
    assert sys.modules["hooks_good"].seen == "r1"


class Good:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @hookimpl
    def run_failed(self, run: str) -> None:
        self.told.append(run)

    @hookimpl
    def environment_facts(self) -> dict[str, int]:
        return {"answer": 42}


class Raising:
    """Fails whenever it is called."""

    @hookimpl
    def run_failed(self, run: str) -> None:
        raise OSError(f"no network for {run}\nsecond line")

    @hookimpl
    def environment_facts(self) -> Iterator[dict[str, int]]:
        yield {"half": 1}
        raise RuntimeError("late")


def test_an_observer_that_raises_is_one_warning_and_the_others_are_told() -> None:
    lines: list[str] = []
    hooks, first, last = Hooks(lines.append), Good(), Good()
    assert [hooks.register(p, n) for p, n in ((first, "first"), (Raising(), "bad"), (last, "last"))] == [
        None
    ] * 3
    failures = hooks.notify("run_failed", run="r7", folder=Path(), error=ValueError())
    assert first.told == last.told == ["r7"]
    assert lines == ["hook run_failed of plugin bad raised OSError: no network for r7"]
    assert [(f.plugin, f.hook) for f in failures] == [("bad", "run_failed")]


def test_collecting_leaves_out_what_raises_even_from_a_generator() -> None:
    lines: list[str] = []
    hooks = Hooks(lines.append)
    hooks.register(Good(), "good")
    hooks.register(Raising(), "bad")
    assert hooks.collect("environment_facts") == [{"answer": 42}]
    assert lines == ["hook environment_facts of plugin bad raised RuntimeError: late"]


def test_calling_a_hook_with_wrong_arguments_is_a_bug_and_says_so() -> None:
    hooks = Hooks()
    hooks.register(Good(), "good")
    with pytest.raises(TypeError, match="run_failed takes"):
        hooks.notify("run_failed", run="r")
    with pytest.raises(TypeError, match="no hook 'nonsense'"):
        hooks.notify("nonsense")


def test_every_hook_has_a_docstring_that_names_its_arguments() -> None:
    from vsumbench import hookspecs

    found = {n: f for n, f in vars(hookspecs).items() if hasattr(f, "vsumbench_spec")}
    assert {"run_started", "sample_predicted", "record_sealed", "run_failed", "board_columns"} <= set(found)
    for name, function in found.items():
        for argument in function.__code__.co_varnames[: function.__code__.co_argcount]:
            assert re.search(rf"^\s+{argument}: ", function.__doc__ or "", re.MULTILINE), (name, argument)


# The table of first-party names ---------------------------------------------------------------------------


def local_distributions() -> dict[str, dict[str, dict[str, str]]]:
    """Distribution → entry points, of every pyproject in this repository."""
    found = {}
    for path in (
        ROOT / "pyproject.toml",
        *ROOT.glob("plugins/*/pyproject.toml"),
        *ROOT.glob("leaderboards/pyproject.toml"),
    ):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        found[project["name"]] = project.get("entry-points", {})
    return found


def test_released_says_which_distributions_are_in_this_repository() -> None:
    assert {name for name, party in FIRST_PARTY.items() if party.released} == set(local_distributions())


@pytest.mark.parametrize("kind", list(Kind))
def test_every_name_a_local_distribution_declares_is_in_the_table_under_it(kind: Kind) -> None:
    table = {normalise(name): owner for name, owner in first_party_names(kind).items()}
    for owner, groups in local_distributions().items():
        targets: dict[str, set[str]] = {}
        for name, target in groups.get(kind.group, {}).items():
            targets.setdefault(target, set()).add(normalise(name.partition("[")[0]))
        for names in targets.values():
            # Of a name and its aliases one is enough.
            assert owner in {table.get(name) for name in names}, names


def test_no_name_is_promised_by_two_distributions() -> None:
    for kind in Kind:
        names = [n for party in FIRST_PARTY.values() for n in party.names.get(kind, ())]
        assert len(names) == len(set(names))


def canonical_names() -> dict[Kind, set[str]]:
    """The names of the shared page of canonical names."""
    shared = Path(os.environ.get("VSUMBENCH_SHARED", ROOT.parent / "shared")) / "specs" / "names.md"
    if not shared.is_file():
        pytest.skip("the page of canonical names is not here (set VSUMBENCH_SHARED)")
    sections = dict(re.findall(r"^## (\w+)[^\n]*\n(.*?)(?=^## |\Z)", shared.read_text(), flags=re.M | re.S))
    rows = [line.split("|") for line in sections["Models"].splitlines() if line.startswith("| `")]
    models = {name for row in rows for name in re.findall(r"`([\w.-]+)`", row[1])}
    models |= {name for row in rows for name in re.findall(r"`([\w.-]+)`(?: =|,|$)", row[2].strip())}
    models |= {name for row in rows for name in re.findall(r"`([\w.-]+)` is `", row[3])}
    protocols = set()
    for line in sections["Protocols"].splitlines():
        listed = line.partition("The dataset is given by")[0].partition(": ")[2]
        protocols |= set(re.findall(r"`([\w-]+)`", listed))
    metrics = set(re.findall(r"`([\w-]+)(?:\[[^`]*\])?`", sections["Metrics"].splitlines()[0]))
    bleu = {"bleu1", "bleu2", "bleu3"}  # The page writes "bleu1..3".
    metrics = {m for m in metrics if ".." not in m} | bleu
    datasets = set(re.findall(r"`([\w-]+)`", sections["Datasets"]))
    return {Kind.MODEL: models, Kind.PROTOCOL: protocols, Kind.METRIC: metrics, Kind.DATASET: datasets}


def test_the_table_holds_every_canonical_name() -> None:
    for kind, names in canonical_names().items():
        assert len(names) > 5, kind
        assert names - set(first_party_names(kind)) - set(MEASURED) == set(), kind


def test_a_spec_that_names_no_api_version_is_of_the_first_one() -> None:
    from vsumbench.contracts import FIRST_API_VERSION, ModelSpec, Task

    spec = ModelSpec(id="m", title="M", tasks=(Task.V2V,), implementation="m:M")
    assert spec.api_version == FIRST_API_VERSION == 1
