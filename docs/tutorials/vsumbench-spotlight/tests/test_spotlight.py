import numpy as np
from vsumbench.testing import conformance

from vsumbench_spotlight.features import with_contrast

test_conformance = conformance("model", "spotlight")


def test_a_step_like_its_surroundings_has_no_contrast() -> None:
    assert not with_contrast(np.ones((5, 2)), window=1)[:, 2:].any()


def test_a_step_that_stands_out_has_the_most() -> None:
    features = np.zeros((9, 1))
    features[4] = 1.0
    assert with_contrast(features, window=2)[:, 1].argmax() == 4
