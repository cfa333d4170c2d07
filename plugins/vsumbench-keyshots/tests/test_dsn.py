"""DSN: equal to the official code, rewards that can be checked by hand, a policy that learns."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, context, with_official
from vsumbench_keyshots.dsn.policy import Policy, episodes
from vsumbench_keyshots.dsn.rewards import Likeness
from vsumbench_keyshots.dsn.spec import DSN

from vsumbench.cli import main
from vsumbench.contracts import Annotations, Feature, FeatureSpec, Sample, Video
from vsumbench.testing import conformance

HERE = Path(__file__).parent
test_conformance = pytest.mark.slow(conformance("model", "dsn"))


@pytest.mark.parametrize(("variant", "published"), [("lstm", 2_626_049), ("gru", 1_969_665)])
def test_it_has_the_published_number_of_parameters(variant: str, published: int) -> None:
    assert sum(total for total, _ in build(DSN, variant=variant).parameters().values()) == published


@cases("dsn")
def test_golden_scores_and_rewards_are_those_of_the_official_code(case: Case) -> None:
    config, expected = case.config, case.expected
    model = build(DSN, f"hidden={config['hid_dim']}", f"cell={config['cell']}")
    network = with_official(model, config["in_dim"], case.weights())
    x = inputs(case.steps, config["in_dim"])
    picked = torch.from_numpy(expected["actions"]).bool()
    with torch.no_grad():
        close(network(x).sigmoid(), expected["score"], 1e-5)
    close(Likeness.of(x, model.options.far).reward(picked), expected["reward"], 1e-5)
    close(Likeness.of(x, 0).reward(picked), expected["reward_all_far"], 1e-5)


def test_rewards_are_what_they_are_by_hand() -> None:
    x = inputs(40, 3)
    picked = torch.zeros(40, dtype=torch.bool)
    places = [0, 3, 5, 30]
    picked[places] = True
    likeness = Likeness.of(x, 20)

    def apart(one: int, other: int) -> float:
        return 1.0 if abs(one - other) > 20 else 1 - float(torch.cosine_similarity(x[one], x[other], dim=0))

    pairs = [apart(one, other) for one, other in combinations(places, 2)]
    assert float(likeness.diversity(picked)) == pytest.approx(float(np.mean(pairs)), abs=1e-5)
    nearest = torch.cdist(x, x[picked]).square().amin(dim=1)
    assert float(likeness.representativeness(picked)) == pytest.approx(
        float((-nearest.mean()).exp()), abs=1e-5
    )


def test_no_pick_is_worth_nothing_and_one_pick_is_not_diverse() -> None:
    likeness = Likeness.of(inputs(9, 3), 20)
    none = torch.zeros(9, dtype=torch.bool)
    one = none.clone()
    one[4] = True
    assert float(likeness.reward(none)) == 0.0
    assert float(likeness.diversity(one)) == 0.0 and float(likeness.representativeness(one)) > 0
    assert float(Likeness.of(torch.zeros(3, 2), 20).diversity(torch.ones(3, dtype=torch.bool))) == 1.0


def test_episodes_follow_the_probabilities() -> None:
    torch.manual_seed(0)
    drawn = episodes(torch.tensor([0.0, 0.2, 1.0]), 4000)
    assert drawn.double().mean(dim=0).tolist() == pytest.approx([0.0, 0.2, 1.0], abs=0.02)


def test_the_cost_is_that_of_the_sheet_and_each_video_has_a_baseline_of_its_own() -> None:
    model = build(DSN, "hidden=4")
    torch.manual_seed(0)
    policy = Policy(model.network(6), 3)
    x = inputs(12, 6)
    policy.baselines[1] = 0.25
    torch.manual_seed(7)
    cost, reward = policy.cost(x, 1, model.options)
    torch.manual_seed(7)
    shares = policy.network(x).sigmoid()
    drawn = episodes(shares, 5)
    likeness = Likeness.of(x, 20)
    wanted = 0.01 * (shares.mean() - 0.5) ** 2
    for picked in drawn:
        chance = torch.where(picked, shares, 1 - shares).log().mean()
        wanted = wanted - chance * (likeness.reward(picked) - 0.25)
    assert cost.item() == pytest.approx(wanted.item(), abs=1e-5)
    assert policy.baselines.tolist() == pytest.approx([0, 0.9 * 0.25 + 0.1 * float(reward), 0])


def sample(number: int) -> Sample:
    """A video of three looks, without any annotation."""
    draw = np.random.default_rng(number)
    looks = np.repeat(draw.random((3, 8)), [20, 5, 5], axis=0)
    rows = (looks + 0.02 * draw.random((30, 8))).astype(np.float32)
    feature = Feature(spec=FeatureSpec(name="f", shape=(8,)), steps=30, read=lambda: rows)
    video = Video(
        id=f"v{number}", duration=15.0, fps=2.0, n_frames=30, picks=np.arange(30), features={"f": feature}
    )
    return Sample(video, Annotations(video_id=video.id))


def trained(folder: Path, *overrides: str) -> Any:
    model = build(DSN, *overrides, preset="tiny")
    (folder / "checkpoints").mkdir(parents=True)
    report = model.fit([sample(number) for number in range(4)], [], context(model.options, folder))
    return model, report


def test_it_learns_without_annotations_and_is_worth_more_than_chance(tmp_path: Path) -> None:
    _, report = trained(tmp_path, "epochs=25")
    assert report.facts["reward"] > report.facts["reward_of_chance"] + 0.01


def test_the_gradient_is_clipped_and_the_rate_is_constant() -> None:
    recipe = build(DSN).recipe(40)
    assert (recipe.clip_norm, recipe.schedule, recipe.epochs, recipe.batch_size) == (5.0, "constant", 60, 1)


def test_an_interrupted_training_goes_on_with_its_baselines(tmp_path: Path) -> None:
    model, _ = trained(tmp_path / "whole", "epochs=2")
    other = build(DSN, "epochs=2", preset="tiny")
    folder = tmp_path / "stopped"
    (folder / "checkpoints").mkdir(parents=True)
    samples = [sample(number) for number in range(4)]

    class Stop:
        def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
            if done == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        other.fit(samples, [], context(other.options, folder, progress=Stop()))
    again = build(DSN, "epochs=2", preset="tiny")
    again.fit(samples, [], context(again.options, folder))
    one, two = model._built[0].state_dict(), again._built[0].state_dict()  # type: ignore[index]
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.slow
def test_on_planted_videos_its_reward_rises_above_that_of_chance(tmp_path: Path) -> None:
    out = StringIO()
    asked = ["run", "--model", "dsn", "--dataset", f"{HERE / 'one_fold.py'}:SPEC", "--metrics", "kendall"]
    with redirect_stdout(out), pytest.raises(SystemExit) as done:
        main([*asked, "--selection", "last-epoch", "--quiet", "--json", "--runs", str(tmp_path)])
    assert not done.value.code
    folder = Path(json.loads(out.getvalue())["folder"])
    (fit,) = (json.loads(path.read_text("utf-8")) for path in folder.glob("folds/*/fit.json"))
    (score,) = json.loads((folder / "record.json").read_text("utf-8"))["scores"]
    print(f"dsn: tau {score['value']:.4f}, {fit['facts']}")
    assert fit["facts"]["reward"] > fit["facts"]["reward_of_chance"] + 0.02


@pytest.mark.parametrize("override", ["hidden=0", "episodes=0", "far=-1", "share=-1", "clip_norm=0"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(DSN, override)
