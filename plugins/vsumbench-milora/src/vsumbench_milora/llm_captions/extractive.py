"""No language model: the first sentence of each group of similar captions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from vsumbench.contracts import Video
from vsumbench_milora.captioning.captions import Caption, clusters, distinct, first_sentence

from .writing import Written, one_paragraph


class ExtractiveWriter:
    """Sentences of the groups that most frames belong to, in order of time.

    Args:
        above: captions are similar from this Jaccard index on.
        most: sentences.
    """

    def __init__(self, above: float, most: int) -> None:
        self._above, self._most = above, most

    def write(self, video: Video, captions: Sequence[Caption]) -> Written:
        """The text; its tokens are those of the captions and are not counted again."""
        begun = time.perf_counter()
        groups = clusters(captions, self._above)
        largest = sorted(groups, key=lambda group: (-sum(one.frames for one in group), group[0].time))
        chosen = sorted(largest[: self._most], key=lambda group: group[0].time)
        firsts = [Caption(group[0].time, first_sentence(group[0].text)) for group in chosen]
        # Captions that differ may begin with the same sentence.
        text = " ".join(one.text for one in distinct(firsts, 0.999))
        return Written(one_paragraph(text), None, None, time.perf_counter() - begun)

    def identity(self) -> dict[str, str]:
        """Nothing but code."""
        return {"writer": "extractive"}

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """None."""
        return {}
