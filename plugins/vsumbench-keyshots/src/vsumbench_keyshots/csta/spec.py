"""CSTA as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant, Weights
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import CstaOptions

TRUNK = Weights(
    id="googlenet-imagenet",
    title="GoogLeNet, ImageNet weights",
    licence="BSD-3-Clause (torchvision)",
    origin="https://download.pytorch.org/models/googlenet-1378be20.pth",
    files=("*.safetensors",),
    note="Without the auxiliary heads (aux1, aux2), converted from the pickle: "
    "torch.load(weights_only=True), then save_file.",
)


def _published(trunk: str, title: str, file: str) -> Weights:
    return Weights(
        id=f"{trunk}-imagenet",
        title=f"{title}, ImageNet weights",
        licence="BSD-3-Clause (torchvision)",
        origin=f"https://download.pytorch.org/models/{file}",
        files=("*.safetensors",),
        note="Converted from the pickle: torch.load(weights_only=True), then save_file.",
    )


IMAGENET = {
    "googlenet": TRUNK,
    "efficientnet-b0": _published(
        "efficientnet-b0", "EfficientNet-B0", "efficientnet_b0_rwightman-7f5810bc.pth"
    ),
    "mobilenet-v2": _published("mobilenet-v2", "MobileNetV2", "mobilenet_v2-b0353104.pth"),
    "resnet-18": _published("resnet-18", "ResNet-18", "resnet18-f37072fd.pth"),
}
"""Weights by the trunk they belong to."""

CSTA = ModelSpec(
    id="csta",
    title="CSTA",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.csta.model:Csta",
    inputs=FRAME_FEATURES,
    options=CstaOptions,
    variants=(
        Variant(id="default", title="as published"),
        Variant(id="softmax-t", options={"softmax": "T"}, title="attention over time alone"),
        Variant(id="softmax-d", options={"softmax": "D"}, title="attention over features alone"),
        Variant(id="no-softmax", options={"softmax": "none"}, title="values weighted by raw logits"),
        Variant(id="no-cls", options={"cls": False}, title="without the class token's row"),
        Variant(id="cls-cnn", options={"cls_mix": "cnn"}, title="its row averaged away in the CNN's map"),
        Variant(id="cls-sm", options={"cls_mix": "softmax"}, title="its row averaged away after the softmax"),
        Variant(id="no-skip", options={"skip": "none"}, title="without skip connection and normalisation"),
        Variant(id="skip-if", options={"skip": "IF"}, title="the input added to the result"),
        Variant(id="skip-cf", options={"skip": "CF"}, title="the logits added to the result"),
        Variant(id="no-positions", options={"positions": "none"}, title="without positional encoding"),
        Variant(id="positions-relative", options={"positions": "relative"}, title="relative positions"),
        Variant(id="positions-learned", options={"positions": "learned"}, title="learned positions"),
        Variant(id="positions-conv", options={"positions": "conv"}, title="conditional positions"),
        Variant(
            id="positions-conv-t",
            options={"positions": "conv-by-column"},
            title="conditional positions, a column at a time",
        ),
        Variant(
            id="positions-input", options={"positions_at": "input"}, title="positions added to the input"
        ),
        Variant(id="balance-t", options={"balance": "T"}, title="the temporal map rescaled"),
        Variant(id="balance-d", options={"balance": "D"}, title="the spatial map rescaled"),
        Variant(id="balance-bd", options={"balance": "BD"}, title="the greater map scaled down"),
        Variant(id="balance-bu", options={"balance": "BU"}, title="the smaller map scaled up"),
        Variant(id="scale-d", options={"scale": "D"}, title="logits divided by the root of the width"),
        Variant(id="scale-t", options={"scale": "T"}, title="logits divided by the root of the length"),
        Variant(id="scale-td", options={"scale": "TD"}, title="logits divided by both roots"),
        Variant(id="no-kv", options={"embeddings": False}, title="features as keys and values"),
        Variant(id="no-attention", options={"attention": False}, title="the CNN without attention"),
        Variant(
            id="efficientnet-b0", options={"trunk": "efficientnet-b0"}, title="EfficientNet-B0 for GoogLeNet"
        ),
        Variant(id="mobilenet-v2", options={"trunk": "mobilenet-v2"}, title="MobileNetV2 for GoogLeNet"),
        Variant(id="resnet-18", options={"trunk": "resnet-18"}, title="ResNet-18 for GoogLeNet"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"width": 128, "projection": 128, "learning_rate": 2e-3, "epochs": 20},
            condition=ON_PLANTED,
            note="The same network with an eighth of the channels in every layer, from random weights, on "
            "128 learned combinations of the features, with a rate of its own.",
        ),
        Preset(
            id="paper",
            options={"pretrained": TRUNK.id},
            weights=(TRUNK.id,),
            memory_gib=3.0,
            note="9.78 million parameters, 8.75 million without the classifier that nothing uses.",
        ),
        Preset(
            id="scratch",
            memory_gib=3.0,
            note="As `paper`, but for a trunk of random weights: for where the ImageNet weights are not. "
            "What it gives is not the published method.",
        ),
        *(
            Preset(
                id=f"paper-{trunk}",
                options={"pretrained": IMAGENET[trunk].id},
                weights=(IMAGENET[trunk].id,),
                memory_gib=4.0,
                note=f"As `paper`, for the variant `{trunk}`: with its own ImageNet weights.",
            )
            for trunk in IMAGENET
            if trunk != "googlenet"
        ),
    ),
    trainable=True,
    weights=tuple(IMAGENET.values()),
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="CSTA: CNN-based Spatiotemporal Attention for Video Summarization",
        authors="Son, Park, Kim",
        year=2024,
        venue="CVPR",
        url="https://github.com/thswodnjs3/CSTA",
    ),
    note="Written from a description of the official code (b070f7d9), forward passes and training mode "
    "equal to it, also in 14 of the variants. Published numbers take the epoch at which tau and rho on the "
    "test fold both improve; --selection best-test-epoch looks at tau alone. Inferred: the balances T, D and "
    "BU, the scales T and TD, where conditional positions and those of the input are added. Videos below 14 "
    "steps are padded with their last step where the trunk is GoogLeNet. The other trunks are equal to "
    "torchvision's and give the published numbers of parameters; no scores on them could be compared, and "
    "their official names are inferred.",
)
