"""One fold of the planted TVSum, half of the videos to learn from and half to test: `./one_fold.py:SPEC`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vsumbench_datasets.tvsum.spec import TVSUM

from vsumbench.contracts import EditionSpec, Fold, SplitSetSpec

_PLANTED = TVSUM.edition("planted")
assert _PLANTED is not None

SPEC = replace(
    TVSUM,
    id="one-fold",
    title="One fold of the planted TVSum",
    editions=(EditionSpec(id="planted", provides=_PLANTED.provides, tasks=_PLANTED.tasks, version="1"),),
    split_sets=(SplitSetSpec(id="half", title="25 videos to learn from, 25 to test"),),
    default_protocols=("peruser-2fps",),
    implementation="one_fold:open_one",
    sources=(),
    expected={},
)


def open_one(folder: Path, edition: str) -> object:
    """The planted TVSum, made where it is not there, with folds of its own. `folder` is not read."""
    from vsumbench.plugins import default_plugins
    from vsumbench.running.editions import find_edition
    from vsumbench.running.views import View

    class OneFold(View):
        def folds(self, split_set: str) -> tuple[Fold, ...]:
            ids = self.video_ids()
            return (Fold("half", train=ids[0::2], test=ids[1::2]),)

    plugins = default_plugins()
    return OneFold(find_edition(plugins, plugins.dataset("tvsum"), "planted", None).dataset)
