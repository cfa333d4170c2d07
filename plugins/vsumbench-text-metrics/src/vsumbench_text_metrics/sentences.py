"""Dividing a text into sentences by one plain rule."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"""(?<=[.!?…])["'”’)\]]*(\s+)|[\r\n\v\f\u2028\u2029]+""")


def stop_and_space(text: str) -> tuple[str, ...]:
    """The sentences of a text by the rule `stop-and-space`.

    A sentence ends after one of . ! ? … (and quotation marks or brackets that close there) where white space
    follows, and at a line break. So "Dr. Who" is two, and a text without full stops is one.
    """
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        stop = end.start(1) if end.group(1) else end.start()
        sentences.append(text[start:stop])
        start = end.end()
    sentences.append(text[start:])
    return tuple(" ".join(sentence.split()) for sentence in sentences if sentence.strip())
