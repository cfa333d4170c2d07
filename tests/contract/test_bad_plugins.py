"""Plugins that each break one rule, and the check that catches each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vsumbench.plugins import default_plugins
from vsumbench.scaffold import plugin_name, write_package
from vsumbench.testing import CheckResult, Outcome, check_plugin
from vsumbench.testing.checks import run_check
from vsumbench.testing.suite import checks_for, open_subject


def problems(results: list[CheckResult]) -> dict[str, str]:
    return {result.name: result.message for result in results if result.outcome is Outcome.FAIL}


@dataclass(frozen=True)
class Bad:
    """A scaffolded plugin with one change.

    `caught` is the check that must fail; `also` are checks that may fail for the same reason.
    """

    kind: str
    file: str
    old: str
    new: str
    caught: str
    also: tuple[str, ...] = ()
    says: str = ""


SUMMARY = "importance=_features(video) @ self.weights"
OUTPUT_TOO = ("declared-inputs", "selection-rules", "order")
MODELS = {
    "spec-imports-numpy": Bad(
        "model", "spec.py", "from dataclasses", "import numpy\nfrom dataclasses", "light-import", says="numpy"
    ),
    "no-licence": Bad("model", "spec.py", 'licence="Apache-2.0",', "", "metadata", says="licence"),
    "no-note": Bad("model", "spec.py", "    note=", "    note='' and ", "metadata", says="note"),
    "options-thawed": Bad(
        "model", "spec.py", "@dataclass(frozen=True)", "@dataclass", "options", says="not frozen"
    ),
    "option-undocumented": Bad(
        "model", "spec.py", "        weight_decay: how", "        decay: how", "options", says="weight_decay"
    ),
    "no-such-implementation": Bad(
        "model",
        "spec.py",
        ".model:",
        ".model:No",
        "implementation",
        (
            *(
                "output",
                "declared-inputs",
                "deterministic",
                "other-process",
                "order",
                "save-load",
                "no-pickle",
                "resume",
            ),
            *("selection-rules", "memory", "reads-once", "annotations"),
        ),
    ),
    "source-not-found": Bad(
        "model",
        "spec.py",
        "trainable=True,",
        "trainable=True,\n    source=('no_such_module',),",
        "source-digest",
    ),
    "accepts-any-data": Bad(
        "model",
        "spec.py",
        'Inputs(features=(FeatureSpec(name="googlenet-pool5", shape=(1024,)),)),',
        "Inputs(),",
        "refuses-other-data",
        ("declared-inputs",),
    ),
    "extra-without-install": Bad(
        "model",
        "spec.py",
        "trainable=True,",
        "trainable=True,\n"
        "    extras=(__import__('vsumbench.contracts').contracts.Extra(module='json', install=''),),",
        "missing-extra",
    ),
    "leaks-nan": Bad(
        "model",
        "model.py",
        SUMMARY,
        f"{SUMMARY} * (1 if context.validate else np.nan)",
        "output",
        OUTPUT_TOO,
        says="nan",
    ),
    "wrong-length": Bad(
        "model",
        "model.py",
        SUMMARY,
        f"{SUMMARY[:11]}({SUMMARY[11:]})[0 if context.validate else 1 :]",
        "output",
        OUTPUT_TOO,
        says="shape",
    ),
    "other-order": Bad(
        "model",
        "model.py",
        "for video in videos:\n            yield",
        "for video in videos[::-1]:\n            yield",
        "output",
        OUTPUT_TOO,
        says="in order",
    ),
    "task-not-answered": Bad(
        "model",
        "spec.py",
        "tasks=(Task.V2V,)",
        "tasks=(Task.V2V, Task.V2T)",
        "output",
        OUTPUT_TOO,
        says="v2t",
    ),
    "undeclared-input": Bad(
        "model", "model.py", SUMMARY, f"{SUMMARY} * len(video.change_points)", "declared-inputs"
    ),
    "nondeterministic": Bad(
        "model",
        "model.py",
        "weights = [0.0] * _features(train[0].video).shape[1]",
        "weights = np.random.default_rng().random(_features(train[0].video).shape[1]).tolist()",
        "deterministic",
        ("resume", "other-process"),
    ),
    "hash-order": Bad(
        "model",
        "model.py",
        SUMMARY,
        f"{SUMMARY} + hash(video.id) % 997",
        "other-process",
        says="another process",
    ),
    "depends-on-order": Bad(
        "model",
        "model.py",
        "for video in videos:\n            yield Summary(video_id=video.id, importance=",
        "for n, video in enumerate(videos):\n            yield Summary(video_id=video.id, importance=n + ",
        "order",
    ),
    "loads-nothing": Bad(
        "model",
        "model.py",
        'self.weights = np.asarray(json.loads((folder / WEIGHTS).read_text(encoding="utf-8")))',
        "pass",
        "save-load",
    ),
    "pickles": Bad(
        "model",
        "model.py",
        '(folder / WEIGHTS).write_text(json.dumps(self.weights.tolist()), encoding="utf-8")',
        "(folder / WEIGHTS).write_text(json.dumps(self.weights.tolist()), encoding='utf-8')\n"
        "        (folder / 'more.json').write_bytes(__import__('pickle').dumps(self.weights))",
        "no-pickle",
        says="more.json is a pickle",
    ),
    "pickles-in-npz": Bad(
        "model",
        "model.py",
        '(folder / WEIGHTS).write_text(json.dumps(self.weights.tolist()), encoding="utf-8")',
        "(folder / WEIGHTS).write_text(json.dumps(self.weights.tolist()), encoding='utf-8')\n"
        "        np.savez(folder / 'w.npz', w=np.array([{}], dtype=object))",
        "no-pickle",
        says="objects",
    ),
    "pickles-checkpoints": Bad(
        "model",
        "model.py",
        "write_json_checkpoint(path, state)\n                done",
        "write_json_checkpoint(path, state)\n"
        "                path.with_suffix('.bin').write_bytes(__import__('pickle').dumps(state))\n"
        "                done",
        "no-pickle",
        says="fit wrote",
    ),
    "loses-state": Bad(
        "model",
        "model.py",
        'self.weights = np.asarray(state["weights"])',
        'self.weights = np.zeros(len(state["weights"]))',
        "resume",
        says="resumed",
    ),
    "never-reports": Bad(
        "model",
        "model.py",
        'context.progress.advance("train", done,',
        "(lambda *said: None)(done,",
        "resume",
        says="advance",
    ),
    "swallows-interruption": Bad(
        "model",
        "model.py",
        '                context.progress.advance("train", done, self.options.epochs * len(train))',
        "                try:\n"
        "                    context.progress.advance('train', done, 1)\n"
        "                except BaseException:\n"
        "                    done = 0",
        "resume",
        # The interrupted training of this check runs to its end as well, and leaves the same safe files.
        says="swallowed",
    ),
    "needs-validation": Bad(
        "model",
        "model.py",
        "if context.validate is not None:",
        "if True:",
        "selection-rules",
    ),
    "quadratic": Bad(
        "model",
        "model.py",
        SUMMARY,
        f"{SUMMARY} + np.zeros((video.steps, video.steps)).sum()",
        "memory",
        says="times",
    ),
    "reads-twice": Bad(
        "model",
        "model.py",
        SUMMARY,
        f"{SUMMARY} + 0 * _features(video) @ self.weights",
        "reads-once",
        says="2 times",
    ),
    "keeps-samples": Bad(
        "model",
        "model.py",
        'path = context.folders.checkpoints / "state.json"',
        'path = context.folders.checkpoints / "state.json"\n        self.train = train',
        "annotations",
        says="→ Samples",
    ),
    "reads-test-annotations": Bad(
        "model",
        "model.py",
        'path = context.folders.checkpoints / "state.json"',
        'path = context.folders.checkpoints / "state.json"\n'
        "        reader = train._dataset\n"
        "        for name in reader.video_ids():\n"
        "            reader.annotations(name)",
        "annotations",
        says="test video",
    ),
}
DATASETS = {
    "spec-imports-scipy": Bad(
        "dataset", "spec.py", "from vsumbench", "import scipy\nfrom vsumbench", "light-import", says="scipy"
    ),
    "no-protocols": Bad("dataset", "spec.py", '("peruser-2fps", "keyshot-f1-avg")', "()", "metadata"),
    "tests-on-training": Bad(
        "dataset", "reader.py", 'Fold("fold0", train=odd,', 'Fold("fold0", train=odd + even[:1],', "folds"
    ),
    "other-folds": Bad(
        "dataset",
        "spec.py",
        'title="two folds: each half is tested once"',
        f'title="two folds", digest="{"0" * 64}"',
        "folds",
        says="digest",
    ),
    "unknown-ids": Bad(
        "dataset", "reader.py", "even, odd = ids[::2], ids[1::2]", "even, odd = ids[::2], ('ghost',)", "folds"
    ),
    "status-lies": Bad(
        "dataset",
        "reader.py",
        "EditionStatus(present=ids,",
        "EditionStatus(present=ids[1:],",
        "opens",
        ("folds",),
    ),
    "shots-with-gaps": Bad(
        "dataset", "reader.py", "change_points=shots,", "change_points=shots[[0, 2]],", "videos"
    ),
    "feature-length": Bad("dataset", "reader.py", "steps=len(picks),", "steps=len(picks) + 1,", "videos"),
    "picks-outside": Bad("dataset", "reader.py", "picks=picks,", "picks=picks + n_frames,", "videos"),
    "annotation-length": Bad(
        "dataset",
        "reader.py",
        "importance=importance.astype",
        "importance=importance[:, 1:].astype",
        "annotations",
    ),
    "others-annotations": Bad(
        "dataset",
        "reader.py",
        "video_id=video_id,\n            importance",
        "video_id='x',\n            importance",
        "annotations",
    ),
    "unstable-fingerprint": Bad(
        "dataset",
        "reader.py",
        "return sha256_files(",
        "import os\n        return os.urandom(4).hex() + sha256_files(",
        "fingerprint",
    ),
    "video-leads-to-reader": Bad(
        "dataset",
        "reader.py",
        "read = partial(_read_features, path, len(picks))",
        "read = lambda: (self, _read_features(path, len(picks)))[1]",
        "no-leak",
        says="Reader",
    ),
}
METRICS = {
    "spec-imports-numpy": Bad(
        "metric", "spec.py", "from vsumbench", "import numpy\nfrom vsumbench", "light-import", says="numpy"
    ),
    "no-tolerance": Bad("metric", "spec.py", "tolerance=0.05", "tolerance=0.0", "metadata"),
    "rewards-difference": Bad(
        "metric",
        "metric.py",
        "100.0 * float(common) / float(total)",
        "100 - 100.0 * float(common) / float(total)",
        "identical",
    ),
    "out-of-range": Bad(
        "metric",
        "metric.py",
        "100.0 * float(common) / float(total)",
        "150.0 * float(common) / float(total) - 30",
        "bounded",
        ("identical", "undefined", "order", "deterministic", "leaves-input"),
    ),
    "nan-for-empty": Bad(
        "metric",
        "metric.py",
        "values.append(EMPTY_PREDICTION)",
        "values.append(float('nan'))",
        "undefined",
        says="NaN",
    ),
    "raises-for-empty": Bad(
        "metric",
        "metric.py",
        "values.append(EMPTY_REFERENCE)",
        "raise ZeroDivisionError('empty')",
        "undefined",
    ),
    "nondeterministic": Bad(
        "metric",
        "metric.py",
        "100.0 * float(common) / float(total)",
        "(100.0 - 1e-3 * np.random.default_rng().random()) * float(common) / float(total)",
        "deterministic",
        ("order",),
    ),
    "depends-on-order": Bad(
        "metric",
        "metric.py",
        "100.0 * float(common) / float(total)",
        "(100.0 - 1e-6 * len(values)) * float(common) / float(total)",
        "order",
    ),
    "changes-input": Bad(
        "metric",
        "metric.py",
        "    return values",
        "    prediction[: len(prediction) // 2] = False\n    return values",
        "leaves-input",
        ("deterministic", "order", "identical"),
    ),
}
BAD = {f"{bad.kind}-{name}": bad for group in (MODELS, DATASETS, METRICS) for name, bad in group.items()}


def write_plugin(kind: str, name: str, parent: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a scaffolded package, quick to train, and make it importable. Returns the package folder."""
    names = plugin_name(name)
    folder = write_package(kind, names, parent)
    monkeypatch.syspath_prepend(folder / "src")
    package = folder / "src" / names.package
    spec = package / "spec.py"
    spec.write_text(spec.read_text().replace("epochs: int = 20", "epochs: int = 3"))
    return package


@pytest.fixture(autouse=True)
def forget_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("vsumbench_bad_"):
            del sys.modules[name]


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Bad], str]:
    """Writes a scaffolded plugin with the change of a case. Returns the path of its spec."""
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))

    def write(bad: Bad) -> str:
        name = next(name for name, one in BAD.items() if one is bad)
        package = write_plugin(bad.kind, f"bad-{name}", tmp_path, monkeypatch)
        path = package / bad.file
        text = path.read_text()
        assert bad.old in text, "the scaffold has changed; change this test with it"
        path.write_text(text.replace(bad.old, bad.new))
        return f"{package.name}.spec:SPEC"

    return write


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_plugin_that_breaks_one_rule_is_caught_by_the_check_of_that_rule(
    bad: Bad, broken: Callable[[Bad], str]
) -> None:
    plugins = default_plugins()
    with open_subject(bad.kind, broken(bad), plugins) as subject:
        (check,) = (check for check in checks_for(bad.kind, plugins) if check.name == bad.caught)
        result = run_check(check, subject)
    assert result.outcome is Outcome.FAIL
    assert bad.says in result.message, result.message


@pytest.mark.slow
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_plugin_that_breaks_one_rule_passes_the_checks_of_the_others(
    bad: Bad, broken: Callable[[Bad], str]
) -> None:
    found = problems(check_plugin(bad.kind, broken(bad)))
    assert bad.caught in found and set(found) <= {bad.caught, *bad.also}, found


@pytest.mark.parametrize("kind", ["model", "dataset", "metric"])
def test_the_unchanged_scaffold_passes_every_check(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    package = write_plugin(kind, f"bad-none-{kind}", tmp_path, monkeypatch)
    results = check_plugin(kind, f"{package.name}.spec:SPEC")
    assert {result.outcome for result in results} == {Outcome.PASS}
