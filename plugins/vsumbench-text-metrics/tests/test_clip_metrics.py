"""F_CLIP, Cross-F_CLIP and VT-CLIPScore on vectors written down here."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from seen_through import Cutting, Table, item
from vsumbench_text_metrics.clip_metrics import _random_summaries, score

from vsumbench.contracts import Cause, CrossItem, CrossScore, Encoder, Undefined, Value
from vsumbench.errors import MismatchError, UnknownMetricError
from vsumbench.scoring.clip_sets import cross_f_clip, f_clip
from vsumbench.scoring.videoxum import vt_clip_score

F, CROSS, VT = "f-clip[m]", "cross-f-clip[m]", "vt-clipscore[m]"
EAST, NORTH, BETWEEN = (2.0, 0.0), (0.0, 5.0), (3.0, 3.0)
TEXTS = {"one": (1.0, 0.2), "two": (0.1, 4.0), "three": (1.0, 1.0), "one two": (5.0, 1.0)}
HALF = math.sqrt(0.5)


def one(name: str, what: CrossItem, encoder: Encoder) -> CrossScore:
    found = score([name], what, encoder)
    assert list(found) == [name]
    return found[name]


def cause(value: Value) -> Cause:
    assert isinstance(value, Undefined) and value.reason
    return value.cause


def random_vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 6))


def test_f_clip_of_a_case_done_by_hand() -> None:
    # Reference east and north, predicted the direction between: every best cosine is sqrt(1/2).
    found = one(F, item(3, [2], [0, 1]), Table([EAST, NORTH, BETWEEN]))
    assert found.values == pytest.approx((HALF,), abs=1e-7)
    # Predicted east alone: precision 1, recall (1 + 0) / 2.
    found = one(F, item(3, [0], [0, 1]), Table([EAST, NORTH, BETWEEN]))
    assert found.values == pytest.approx((2 / 3,), abs=1e-7)


def test_f_clip_has_a_value_for_each_annotator() -> None:
    vectors = random_vectors(9)
    found = one(F, item(9, [1, 2], [0, 3, 4], [5], [1, 2]), Table(vectors))
    rows = vectors.astype(np.float32)
    expected = [f_clip(rows[list(row)], rows[[1, 2]]).f for row in ([0, 3, 4], [5], [1, 2])]
    assert found.values == pytest.approx(expected, abs=1e-12)
    assert found.values[2] == pytest.approx(1.0)


def test_union_compares_once_with_what_any_annotator_selected() -> None:
    vectors = random_vectors(9)
    union = one("f-clip[m,union]", item(9, [1, 2], [0, 3], [3, 5]), Table(vectors))
    merged = one(F, item(9, [1, 2], [0, 3, 5]), Table(vectors))
    assert union.values == merged.values and len(union.values) == 1


def test_vectors_of_opposite_directions_get_0_and_not_less() -> None:
    assert one(F, item(2, [0], [1]), Table([(1.0, 0.0), (-1.0, 0.0)])).values == (0.0,)


def test_the_value_is_asked_and_answered_by_the_full_name() -> None:
    names = [
        "f-clip[/models/clip-vit-l14-336]",
        "f-clip[me/clip,union]",
        "f-clip",
        "cross-f-clip[a, paragraph]",
    ]
    found = score(names, item(3, [0], [1]), Table([EAST, NORTH, BETWEEN]))
    assert list(found) == names


@pytest.mark.parametrize("name", ["f-clip[m,paragraph]", "vt-clipscore[m,union]", "cross-f-clip[m,unions]"])
def test_an_option_a_metric_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UnknownMetricError, match="has no option"):
        score([name], item(3, [0], [1]), Table([EAST, NORTH, BETWEEN]))


def test_another_metric_is_refused() -> None:
    with pytest.raises(UnknownMetricError, match="'clip-f'"):
        score(["clip-f"], item(3, [0], [1]), Table([EAST, NORTH, BETWEEN]))


class TestUndefined:
    @pytest.mark.parametrize("name", [F, "f-clip[m,union]"])
    def test_an_empty_reference_is_nobodys_mistake_but_its_own(self, name: str) -> None:
        found = one(name, item(3, [0], []), Table([EAST, NORTH, BETWEEN]))
        assert [cause(value) for value in found.values] == [Cause.REFERENCE]
        assert found.beside == {}

    def test_one_empty_annotator_leaves_the_others_alone(self) -> None:
        found = one(F, item(3, [0], [], [0]), Table([EAST, NORTH, BETWEEN]))
        assert cause(found.values[0]) is Cause.REFERENCE
        assert found.values[1] == pytest.approx(1.0)
        assert set(found.beside) == {"random"}

    def test_an_empty_prediction_counts_as_without_skill(self) -> None:
        found = one(F, item(3, [], [0], []), Table([EAST, NORTH, BETWEEN]))
        assert [cause(value) for value in found.values] == [Cause.PREDICTION, Cause.REFERENCE]
        assert found.beside == {}

    def test_no_annotator_at_all_is_an_undefined_reference(self) -> None:
        found = one(F, item(3, [0]), Table([EAST, NORTH, BETWEEN]))
        assert [cause(value) for value in found.values] == [Cause.REFERENCE]

    @pytest.mark.parametrize(
        ("written", "expected", "whose"),
        [
            ((), ("a",), Cause.UNAVAILABLE),
            (("",), ("a",), Cause.PREDICTION),
            ((" ", "\n"), ("a",), Cause.PREDICTION),
            (("a",), (), Cause.REFERENCE),
            (("a",), (" ",), Cause.REFERENCE),
            (("",), (), Cause.REFERENCE),
        ],
        ids=["no text", "empty text", "blank text", "no reference", "blank reference", "neither"],
    )
    def test_cross_f_clip_without_texts_says_whose_text_is_missing(
        self, written: tuple[str, ...], expected: tuple[str, ...], whose: Cause
    ) -> None:
        what = item(3, [0], [1], [2], predicted_texts=written, reference_texts=expected)
        found = one(CROSS, what, Table([EAST, NORTH, BETWEEN], {"a": EAST}))
        assert [cause(value) for value in found.values] == [whose, whose]

    @pytest.mark.parametrize(
        ("written", "whose"), [((), Cause.UNAVAILABLE), (("",), Cause.PREDICTION), ((" ",), Cause.PREDICTION)]
    )
    def test_vt_clipscore_of_an_empty_text_is_the_models_doing(
        self, written: tuple[str, ...], whose: Cause
    ) -> None:
        what = item(3, [0], importance=np.arange(3.0), predicted_texts=written)
        assert cause(one(VT, what, Table([EAST, NORTH, BETWEEN])).values[0]) is whose

    def test_vt_clipscore_without_importance_is_unavailable(self) -> None:
        what = item(3, [0], predicted_texts=("a",))
        found = one(VT, what, Table([EAST, NORTH, BETWEEN], {"a": EAST}))
        assert cause(found.values[0]) is Cause.UNAVAILABLE

    def test_frames_that_cancel_out_have_no_direction(self) -> None:
        steps = 20  # int(0.15 T) = 3 frames
        vectors = np.zeros((steps, 2))
        what = item(steps, [0], importance=np.zeros(steps), predicted_texts=("a",))
        found = one(VT, what, Table(vectors, {"a": EAST}))
        assert cause(found.values[0]) is Cause.PREDICTION


class TestRandomBeside:
    def test_frames_that_are_alike_get_a_high_value_whatever_is_chosen(self) -> None:
        # Trap: F_CLIP is near 0.9 for anything, because frames of one video are alike.
        steps = 60
        vectors = np.full((steps, 16), 1.0) + 0.3 * np.random.default_rng(3).standard_normal((steps, 16))
        found = one(F, item(steps, range(9), range(30, 45), range(45, 60)), Table(vectors))
        assert all(isinstance(value, float) and value > 0.9 for value in found.values)
        assert found.beside["random"] > 0.9
        assert abs(found.beside["random"] - np.mean(found.values)) < 0.02  # type: ignore[arg-type]

    def test_it_is_the_mean_over_ten_draws_of_the_same_size_and_the_annotators(self) -> None:
        vectors = random_vectors(12).astype(np.float32)
        what = item(12, [1, 5, 7], [0], [2, 3])
        drawn = _random_summaries(what.predicted_frames, what.seed)
        assert [int(shown.sum()) for shown in drawn] == [3] * 10
        assert len({shown.tobytes() for shown in drawn}) > 5
        values = [f_clip(vectors[rows], vectors[shown]).f for shown in drawn for rows in ([0], [2, 3])]
        found = one(F, what, Table(vectors))
        assert found.beside["random"] == pytest.approx(np.mean(values), abs=1e-12)

    def test_the_draws_follow_from_the_seed_alone(self) -> None:
        vectors, what = random_vectors(40), item(40, range(6), range(20, 30))
        first = one(F, what, Table(vectors)).beside["random"]
        score([F], item(40, range(12), [3], seed=1), Table(vectors))
        assert one(F, what, Table(vectors)).beside["random"] == first
        assert one(F, replace(what, seed=8), Table(vectors)).beside["random"] != first

    def test_all_predictions_of_one_size_meet_the_same_random_summaries(self) -> None:
        encoder = Table(random_vectors(40))
        one_way = one(F, item(40, range(6), range(20, 30)), encoder).beside
        other = one(F, item(40, range(10, 16), range(20, 30)), encoder).beside
        assert one_way == other

    def test_a_summary_of_everything_is_as_good_as_chance(self) -> None:
        found = one(F, item(10, range(10), [2, 3]), Table(random_vectors(10)))
        assert found.beside["random"] == pytest.approx(found.values[0], abs=1e-12)


class TestCrossFClip:
    def test_it_is_the_mean_of_both_directions_for_each_annotator(self) -> None:
        vectors = np.asarray([EAST, NORTH, BETWEEN, (1.0, 3.0)], dtype=np.float32)
        what = item(4, [2], [0, 1], [3], predicted_texts=("one", "two"), reference_texts=("three",))
        found = one(CROSS, what, Table(vectors, TEXTS))
        said = np.asarray([TEXTS["one"], TEXTS["two"]], dtype=np.float32)
        meant = np.asarray([TEXTS["three"]], dtype=np.float32)
        expected = [cross_f_clip(vectors[rows], vectors[[2]], meant, said) for rows in ([0, 1], [3])]
        assert found.values == pytest.approx(expected, abs=1e-12)
        assert 0 < found.beside["random"] < 1

    def test_a_paragraph_is_the_sentences_joined_by_a_space(self) -> None:
        what = item(3, [0], [1], predicted_texts=("one", " ", "two"), reference_texts=("three",))
        encoder = Table([EAST, NORTH, BETWEEN], TEXTS)
        joined = one("cross-f-clip[m,paragraph]", what, encoder)
        alone = one(CROSS, replace(what, predicted_texts=("one two",)), encoder)
        assert joined.values == alone.values != one(CROSS, what, encoder).values

    def test_texts_an_encoder_cuts_are_counted_beside_the_value(self) -> None:
        what = item(3, [0], [1], predicted_texts=("one", "two more"), reference_texts=("three more words",))
        encoder = Cutting([EAST, NORTH, BETWEEN], TEXTS)
        assert one(CROSS, what, encoder).beside["truncated texts a video"] == 2
        none = replace(what, predicted_texts=("one",), reference_texts=("three",))
        assert one(CROSS, none, encoder).beside["truncated texts a video"] == 0
        assert set(one(CROSS, none, Table([EAST, NORTH, BETWEEN], TEXTS)).beside) == {"random"}


class TestVtClipscore:
    def test_it_is_the_cosine_of_the_mean_frame_with_the_text_as_a_percentage(self) -> None:
        steps, vectors, scores = 20, random_vectors(20), np.random.default_rng(5).standard_normal(20)
        text = (0.3, -1.0, 2.0, 0.0, 1.0, 0.5)
        what = item(steps, [0], importance=scores, predicted_texts=("a",))
        found = one(VT, what, Table(vectors, {"a": text}))
        rows, words = vectors.astype(np.float32), np.asarray(text, dtype=np.float32).astype(float)
        assert found.values == pytest.approx((100 * vt_clip_score(rows, scores, words),), abs=1e-10)
        best = np.argsort(-scores)[:3]
        mean = rows[best].astype(np.float64).mean(axis=0)
        cosine = mean @ words / np.linalg.norm(mean) / np.linalg.norm(words)
        assert found.values[0] == pytest.approx(100 * cosine, abs=1e-10)

    def test_frames_are_averaged_as_they_are_and_not_scaled_first(self) -> None:
        vectors = np.tile(EAST, (14, 1))  # int(0.15 x 14) = 2 frames: one of length 10, one of length 1
        vectors[0], vectors[1] = (10.0, 0.0), (0.0, 1.0)
        scores = np.r_[2.0, 1.0, np.zeros(12)]
        what = item(14, [0], importance=scores, predicted_texts=("a",))
        found = one(VT, what, Table(vectors, {"a": (1.0, 0.0)}))
        assert found.values[0] == pytest.approx(100 * 10 / math.sqrt(101))

    @pytest.mark.parametrize("steps", [1, 2, 6])
    def test_a_video_of_fewer_than_seven_steps_shows_one_frame(self, steps: int) -> None:
        # Trap: int(0.15 T) is 0 there.
        vectors = np.tile(NORTH, (steps, 1))
        vectors[steps - 1] = EAST
        what = item(steps, [0], importance=np.arange(steps, dtype=float), predicted_texts=("a",))
        assert one(VT, what, Table(vectors, {"a": EAST})).values[0] == pytest.approx(100.0)

    def test_the_top_is_exact_where_the_released_code_rounds_importance_away(self) -> None:
        """Trap: 10,000 added to float32 leaves steps of about 0.001, so these scores become ties there."""
        scores = np.array([0.5000, 0.5001, 0.5002, 0.5003])
        released = scores.astype(np.float32) + np.float32(1e4)
        assert len(np.unique(released)) == 1
        what = item(4, [0], importance=scores, predicted_texts=("a",))
        found = one(VT, what, Table([EAST, EAST, EAST, NORTH], {"a": NORTH}))
        assert found.values[0] == pytest.approx(100.0)

    def test_ties_keep_their_order(self) -> None:
        what = item(4, [0], importance=np.zeros(4), predicted_texts=("a",))
        found = one(VT, what, Table([NORTH, EAST, EAST, EAST], {"a": NORTH}))
        assert found.values[0] == pytest.approx(100.0)

    def test_a_text_that_contradicts_the_frames_is_below_0(self) -> None:
        what = item(3, [0], importance=np.zeros(3), predicted_texts=("a",))
        found = one(VT, what, Table([EAST, EAST, EAST], {"a": (-1.0, 0.0)}))
        assert found.values[0] == pytest.approx(-100.0)

    def test_a_cut_text_is_counted_and_its_rest_changes_nothing(self) -> None:
        # Trap: stock CLIP reads 77 tokens; what is said after them is not seen.
        encoder = Cutting([EAST, NORTH, BETWEEN], {"one": BETWEEN})
        long = item(3, [0], importance=np.zeros(3), predicted_texts=("one and the rest", "again"))
        short = replace(long, predicted_texts=("one",))
        assert one(VT, long, encoder).values == one(VT, short, encoder).values
        assert one(VT, long, encoder).beside == {"truncated texts a video": 1}
        assert one(VT, short, encoder).beside == {"truncated texts a video": 0}


def test_vectors_of_frames_and_texts_of_two_models_are_refused() -> None:
    what = item(3, [0], [1], predicted_texts=("a",), reference_texts=("a",), importance=np.zeros(3))
    encoder = Table([EAST, NORTH, BETWEEN], {"a": (1.0, 2.0, 3.0)})
    for name in (CROSS, VT):
        with pytest.raises(MismatchError, match="must be of one model"):
            score([name], what, encoder)
