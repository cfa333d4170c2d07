"""F1 of selections (protocols.md a.5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def f1_scores(prediction: NDArray[np.bool_], references: NDArray[np.bool_]) -> NDArray[np.float64]:
    """F1 in [0, 1] of one selection (N,) with each reference selection (R, N); exact, no epsilon.

    No overlap gives 0; so does an empty prediction. The caller decides about an empty reference, for which F1
    is not defined; here it gives 0 as well.
    """
    both = (references & prediction).sum(axis=1)
    sizes = references.sum(axis=1) + prediction.sum()
    values: NDArray[np.float64] = np.divide(2.0 * both, sizes, out=np.zeros(len(references)), where=sizes > 0)
    return values
