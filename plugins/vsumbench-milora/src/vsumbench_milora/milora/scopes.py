"""What gates see beside the input of their own layer: z of the branch, and where the prompt ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .mixture import Mixing
from .network import MiloraNetwork
from .place import Scope


def wire(network: MiloraNetwork, branch_of: Callable[[str], str]) -> Mapping[str, Scope]:
    """Tell the gates of each branch, whenever it runs, what they share.

    A branch's z (`gate_scope=shared`) is the mean of the frame tokens that go into it: those of the ViT's
    embeddings for its own layers, those of the ViT for the image Q-Former, those of all frames for the video
    Q-Former, and the visual embeddings for the language model. A patch convolution is the first layer there
    is and has its own z only.

    The gates of the language model see the prompt alone, with `gate_scope=own` too: the mean over all tokens
    would tell what is to be predicted, and there would be other mixtures in training than in writing.

    Args:
        network: with experts in it.
        branch_of: name of a layer → `vision`, `spatial`, `temporal` or `text`, by the part it stands in.

    Returns:
        the scopes by branch.
    """
    scopes: dict[str, Scope] = {}
    shared = set()
    for name, layer in network.named_modules():
        if isinstance(layer, Mixing):
            layer.scope = scopes.setdefault(branch_of(name), Scope())
            if layer.place.z_width is not None:
                shared.add(branch_of(name))
    backbone: Any = network.backbone
    sources: dict[str, tuple[Callable[[nn.Module, Scope], None], nn.Module]] = {
        "vision": (_after, backbone.vision.embeddings),
        "spatial": (_before, backbone.image_qformer),
        "temporal": (_before, backbone.video_qformer),
        "text": (_after, backbone.projection),
    }
    for branch in sorted(shared):
        note, part = sources[branch]
        note(part, scopes[branch])
    if "text" in scopes:
        _prompted(backbone.language, scopes["text"])
    return scopes


def _after(part: nn.Module, scope: Scope) -> None:
    def note(module: nn.Module, given: Any, tokens: Tensor) -> None:
        scope.z = _mean(tokens)

    part.register_forward_hook(note)


def _before(part: nn.Module, scope: Scope) -> None:
    def note(module: nn.Module, given: Any, named: dict[str, Any]) -> None:
        scope.z = _mean(named["encoder_hidden_states"])

    part.register_forward_pre_hook(note, with_kwargs=True)


def _prompted(part: nn.Module, scope: Scope) -> None:
    def note(module: nn.Module, given: Any, named: dict[str, Any]) -> None:
        tokens = named.get("inputs_embeds")
        tokens = named.get("input_ids") if tokens is None else tokens
        predicted = named.get("logits_to_keep", 0)
        if not isinstance(predicted, int) or predicted < 1:
            raise RuntimeError("experts of the language model must be told how many tokens are predicted")
        kept, mask = named.get("past_key_values"), named.get("attention_mask")
        scope.decoding = kept is not None and kept.get_seq_length() > 0
        # The first token predicted is read off the last one of the prompt.
        scope.prompt = None if tokens is None else tokens.shape[1] - predicted + 1
        # Shorter prompts have padding at their left.
        scope.mask = mask.bool() if isinstance(mask, Tensor) and mask.ndim == 2 else None

    part.register_forward_pre_hook(note, with_kwargs=True)


def _mean(tokens: Tensor) -> Tensor:
    """(B, n, w) → (B, w), in single precision at least."""
    return tokens.mean(dim=1, dtype=torch.promote_types(tokens.dtype, torch.float32))
