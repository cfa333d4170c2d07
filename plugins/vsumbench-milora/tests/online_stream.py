"""`videollm-online` with streams as its default, as a spec in a file: `./online_stream.py:SPEC`."""

from __future__ import annotations

from dataclasses import replace

from vsumbench_milora.videollm_online.spec import VIDEOLLM_ONLINE

OFFLINE, STREAM = VIDEOLLM_ONLINE.variants
SPEC = replace(VIDEOLLM_ONLINE, id="online-stream", variants=(STREAM, OFFLINE))
