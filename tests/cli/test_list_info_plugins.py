"""The descriptive verbs as a user runs them: list, info, plugins, doctor, completion; errors of the group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vsumbench.testing.distributions import model_module, write_distribution

METER = """
from dataclasses import dataclass
from vsumbench.contracts import ModelSpec, Preset, Task, Variant

@dataclass(frozen=True)
class Options:
    width: int = 4
    frozen: bool = False

SPEC = ModelSpec(
    id="meter",
    title="Meter [bold]not markup[/bold]",
    tasks=(Task.V2V,),
    implementation="meter_impl:Meter",
    options=Options,
    trainable=True,
    variants=(Variant(id="plain"), Variant(id="held", options={"frozen": True})),
    presets=(Preset(id="paper", options={"width": 8}), Preset(id="tiny")),
)
"""

METER_IMPL = """
import torch

class Meter:
    def __init__(self, options, context):
        self.layer = torch.nn.Linear(options.width, 3)
        self.layer.requires_grad_(not options.frozen)

    def parameters(self):
        assert self.layer.weight.is_meta
        sizes = [(p.numel(), p.requires_grad) for p in self.layer.parameters()]
        return {"layer": (sum(n for n, _ in sizes), sum(n for n, live in sizes if live))}
"""

HOOKS = "from vsumbench.hookspecs import hookimpl\n\n@hookimpl\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that the command finds on its path, with one good model."""
    write_distribution(
        tmp_path / "site",
        "dist-meter",
        entry_points={"vsumbench.models": {"meter": "meter_spec:SPEC", "metre": "meter_spec:SPEC"}},
        modules={"meter_spec": METER, "meter_impl": METER_IMPL},
    )
    return tmp_path / "site"


def vsumbench(
    *arguments: str, site: Path | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m vsumbench` with `site` on the path."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("VSUMBENCH_", "_VSUMBENCH_"))}
    environ |= {"COLUMNS": "200", **environment}
    if site is not None:
        environ["PYTHONPATH"] = str(site)
    command = [sys.executable, "-m", "vsumbench", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environ, cwd=cwd, timeout=120, check=False
    )


def test_list_models_json_describes_each_model(site: Path) -> None:
    done = vsumbench("list", "models", "--json", site=site)
    assert done.returncode == 0, done.stderr
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    assert rows["meter"] == {
        "id": "meter",
        "title": "Meter [bold]not markup[/bold]",
        "tasks": ["v2v"],
        "aliases": ["metre"],
        "distribution": "dist-meter",
        "version": "1.0",
        "trainable": True,
        "uses_annotations": False,
        "variants": ["plain", "held"],
        "presets": ["paper", "tiny"],
        "takes": "",
    }
    assert rows["random"]["distribution"] == "vsumbench"
    assert rows["human"]["uses_annotations"] is True


def test_list_without_a_kind_shows_every_kind_as_plain_text(site: Path) -> None:
    done = vsumbench("list", site=site)
    assert done.returncode == 0
    for heading in ("Models", "Metrics", "Protocols"):
        assert f"\n{heading}\n" in done.stdout
    assert "Meter [bold]not markup[/bold]" in done.stdout
    assert "\x1b" not in done.stdout


def test_list_settings_names_split_sets_and_selection_rules() -> None:
    done = vsumbench("list", "settings", "--json")
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout):
        assert {"dataset", "split_set", "default", "default_selection", "selections"} <= set(row)
        assert "best-test-epoch" in row["selections"]


def test_broken_and_clashing_plugins_cost_list_one_warning_line_each(site: Path) -> None:
    write_distribution(
        site,
        "dist-bad",
        entry_points={"vsumbench.models": {"bad": "bad_mod:SPEC"}},
        modules={"bad_mod": "raise ImportError('needs\\nsomething')"},
    )
    write_distribution(
        site,
        "dist-other",
        entry_points={"vsumbench.models": {"Meter": "other_mod:SPEC"}},
        modules={"other_mod": model_module("meter")},
    )
    write_distribution(
        site,
        "dist-hook",
        entry_points={"vsumbench.hooks": {"h": "hook_mod"}},
        modules={"hook_mod": HOOKS + "def run_started(runn): ..."},
    )
    done = vsumbench("list", "models", "--json", site=site)
    assert done.returncode == 0
    warnings = done.stderr.splitlines()
    assert len(warnings) == 2
    assert warnings[0].endswith(
        "model 'bad' of dist-bad 1.0: importing bad_mod:SPEC raised ImportError: needs"
    )
    assert "model 'meter' is provided by dist-meter and dist-other." in warnings[1]
    assert warnings[1].endswith("Say `dist-meter:meter` or `dist-other:Meter`.")
    ids = [(row["id"], row["distribution"]) for row in json.loads(done.stdout)]
    assert (
        ("meter", "dist-meter") in ids and ("meter", "dist-other") in ids and ("random", "vsumbench") in ids
    )

    clash = vsumbench("info", "meter", site=site)
    assert (clash.returncode, clash.stdout, clash.stderr.count("\n")) == (71, "", 1)
    assert vsumbench("info", "dist-other:meter", site=site).returncode == 0
    assert vsumbench("info", "random", site=site).stderr == ""

    plugins = vsumbench("plugins", "--json", site=site)
    assert plugins.returncode == 0
    facts = json.loads(plugins.stdout)
    broken = {p["name"]: p for p in facts["problems"] if p["distribution"] in ("dist-bad", "dist-hook")}
    assert "ImportError: needs\nsomething" in broken["bad"]["detail"]
    assert "run_started asks for 'runn'; that hook has run, folder" in broken["h"]["message"]
    shown = vsumbench("plugins", site=site).stdout
    assert "something" in shown and "h (not registered)" in shown

    doctor = vsumbench("doctor", "--json", site=site, cwd=site)
    assert doctor.returncode == 0
    assert any(
        "dist-hook" in note["found"] for note in json.loads(doctor.stdout) if note["status"] == "problem"
    )


def test_plugins_lists_distributions_entries_and_hooks(site: Path) -> None:
    write_distribution(
        site,
        "dist-facts",
        entry_points={"vsumbench.hooks": {"facts": "facts_mod"}},
        modules={"facts_mod": HOOKS + "def environment_facts():\n    return {'cluster.partition': 'p1'}\n"},
    )
    facts = json.loads(vsumbench("plugins", "--json", site=site).stdout)
    found = {dist["name"]: dist for dist in facts["distributions"]}
    assert found["dist-meter"]["entries"] == [
        {"kind": "model", "name": "meter", "target": "meter_spec:SPEC"},
        {"kind": "model", "name": "metre", "target": "meter_spec:SPEC"},
    ]
    assert found["dist-facts"]["hooks"] == [
        {"name": "facts", "target": "facts_mod", "hooks": ["environment_facts"]}
    ]
    assert "cluster.partition: p1" in vsumbench("doctor", site=site, cwd=site).stdout
    alone = json.loads(vsumbench("plugins", "--json", site=site, VSUMBENCH_PLUGINS="dist-facts").stdout)
    assert {dist["name"] for dist in alone["distributions"]} == {"vsumbench", "dist-facts"}
    assert "dist-meter" in alone["left_out"]


def test_info_shows_options_with_their_origin_under_variant_and_preset(site: Path) -> None:
    done = vsumbench("info", "metre@held", "--preset", "paper", "--json", site=site)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["kind"], facts["id"], facts["variant"], facts["preset"]) == (
        "model",
        "meter",
        "held",
        "paper",
    )
    assert {o["name"]: (o["value"], o["origin"]) for o in facts["options"]} == {
        "frozen": (True, "variant held"),
        "width": (8, "preset paper"),
    }
    assert facts["sizes"] == {"parts": {"layer": {"total": 27, "trainable": 0}}, "total": 27, "trainable": 0}


def test_info_counts_parameters_on_the_meta_device(site: Path) -> None:
    done = vsumbench("info", "meter", "--preset", "tiny", site=site)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["sum", "15", "15"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("info", "meter@heldd"), 14, "Did you mean 'held'?"),
        (("info", "meter", "--preset", "papr"), 14, "Did you mean 'paper'?"),
        (("info", "meterr"), 10, "Did you mean 'meter'"),
        (("info", "kendal"), 12, "Did you mean 'kendall'?"),
        (("info", "kendall@x"), 2, "only models have"),
        (("info", "llmvs"), 10, "planned for vsumbench-multimodal, which is not released yet"),
        (("info", "random", "--kind", "dataset"), 11, "There is a model of this name."),
        (("list", "modles"), 2, "is not one of"),
        (("list", "--jsno"), 2, "--json"),
        (("lsit",), 2, "Did you mean list?"),
    ],
)
def test_a_mistake_gets_one_line_the_right_exit_code_and_the_way_on(
    site: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = vsumbench(*arguments, site=site)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1 and words in done.stderr


@pytest.mark.parametrize("arguments", [("--debug", "info", "nosuchname"), ("info", "nosuchname", "--debug")])
def test_debug_shows_a_traceback_before_and_after_the_verb(arguments: tuple[str, ...]) -> None:
    done = vsumbench(*arguments)
    assert done.returncode == 10
    assert "Traceback" in done.stderr and "Traceback" not in vsumbench("info", "nosuchname").stderr


def test_no_verb_prints_help_and_exits_with_the_usage_code() -> None:
    done = vsumbench()
    assert done.returncode == 2 and "Verbs:" in done.stdout
    assert vsumbench("--help").returncode == 0


def test_a_name_of_two_kinds_asks_which(site: Path) -> None:
    write_distribution(
        site,
        "dist-both",
        entry_points={"vsumbench.models": {"kendall": "both_mod:SPEC"}},
        modules={"both_mod": model_module("kendall")},
    )
    done = vsumbench("info", "kendall", site=site)
    assert (done.returncode, "--kind model" in done.stderr) == (2, True)
    facts = json.loads(vsumbench("info", "kendall", "--kind", "metric", "--json", site=site).stdout)
    assert facts["kind"] == "metric"


def test_doctor_reports_and_exits_0(tmp_path: Path) -> None:
    done = vsumbench("doctor", "--json", "--data-root", str(tmp_path / "none"), "--runs", str(tmp_path))
    assert done.returncode == 0, done.stderr
    notes = {note["topic"]: note for note in json.loads(done.stdout)}
    assert notes["python"]["status"] == "ok"
    assert notes["packages (core)"]["status"] == "ok"
    assert notes["data root (--data-root)"]["status"] == "note"
    assert notes["runs folder"]["status"] == "ok"
    assert not any(topic.startswith("device") for topic in notes)


def test_doctor_says_how_to_get_java_where_there_is_none(tmp_path: Path) -> None:
    done = vsumbench("doctor", cwd=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0
    assert "java: not found" in done.stdout and "openjdk-17-jre-headless" in done.stdout


def test_doctor_looks_at_the_java_the_metrics_are_told_to_use(tmp_path: Path) -> None:
    done = vsumbench("doctor", cwd=tmp_path, VSUMBENCH_JAVA=str(tmp_path / "java"))
    assert done.returncode == 0 and "java: not found" in done.stdout


def test_doctor_tells_a_torchvision_that_cannot_be_imported(tmp_path: Path) -> None:
    site = tmp_path / "site"
    broken = {"torchvision": "raise RuntimeError('operator torchvision::nms does not exist')"}
    write_distribution(site, "torchvision", entry_points={}, modules=broken, version="0.28.0")
    done = vsumbench("doctor", site=site, cwd=tmp_path)
    assert done.returncode == 0
    assert "0.28.0 is installed but cannot be imported: RuntimeError: operator" in done.stdout
    assert "pip uninstall torchvision" in done.stdout


def test_a_runs_folder_that_is_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    done = vsumbench("doctor", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--runs" in done.stderr and "is a file" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    done = vsumbench("completion", shell)
    assert done.returncode == 0 and "_VSUMBENCH_COMPLETE" in done.stdout


def test_completion_takes_the_shell_of_the_environment_or_asks() -> None:
    assert "compdef" in vsumbench("completion", SHELL="/bin/zsh").stdout
    assert vsumbench("completion", SHELL="/bin/tcsh").returncode == 2


def test_names_and_verbs_complete_from_metadata(site: Path) -> None:
    def complete(words: str, place: int) -> list[str]:
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(place), "_VSUMBENCH_COMPLETE": "bash_complete"}
        done = vsumbench(site=site, **environment)
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    (site / "meter_spec.py").write_text("raise SystemExit('imported')")
    assert {"meter", "metre"} <= set(complete("vsumbench info met", 2))
    assert complete("vsumbench pl", 1) == ["plugins"]
    assert "--preset" in complete("vsumbench info --pre", 2)
