"""The extractors as data. `color-motion` stands in its own folder."""

from __future__ import annotations

from vsumbench.contracts import Citation, Extra, ExtractorSpec, FeatureSpec

_TORCH = tuple(Extra(module=module, install="vsumbench[train]") for module in ("torch", "safetensors"))
_TOWERS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "safetensors", "tokenizers")
)
_HERE = "vsumbench_datasets.extractors"

GOOGLENET_POOL5 = ExtractorSpec(
    id="googlenet-pool5",
    version="1",
    title="GoogLeNet pool5 (Inception v1 with batch normalisation), rows of length 1",
    output=FeatureSpec(name="googlenet-pool5", shape=(1024,), extractor="googlenet-pool5@1"),
    implementation=f"{_HERE}.googlenet:build",
    takes="a safetensors file with the parameters of torchvision's googlenet",
    checkpoint=f"{_HERE}.weights:find_safetensors",
    extras=_TORCH,
    citation=Citation(
        title="Going Deeper with Convolutions",
        authors="Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
        year=2015,
        venue="CVPR",
    ),
)

RESNET50 = ExtractorSpec(
    id="resnet50",
    version="1",
    title="ResNet-50, global average pool",
    output=FeatureSpec(name="resnet50", shape=(2048,), extractor="resnet50@1"),
    implementation=f"{_HERE}.resnet:build",
    takes="a safetensors file with the parameters of torchvision's resnet50",
    checkpoint=f"{_HERE}.weights:find_safetensors",
    extras=_TORCH,
    citation=Citation(
        title="Deep Residual Learning for Image Recognition",
        authors="He, Zhang, Ren, Sun",
        year=2016,
        venue="CVPR",
    ),
)

MOBILENET_V2 = ExtractorSpec(
    id="mobilenet-v2",
    version="1",
    title="MobileNetV2 1.0 at 224 pixels, dequantised",
    output=FeatureSpec(name="mobilenet-v2", shape=(1280,), extractor="mobilenet-v2@1"),
    implementation=f"{_HERE}.mobilenet:build",
    takes="an npz file with the 53 quantised convolutions of MobileNetV2",
    checkpoint=f"{_HERE}.weights:find_npz",
    extras=_TORCH[:1],
    citation=Citation(
        title="MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        authors="Sandler, Howard, Zhu, Zhmoginov, Chen",
        year=2018,
        venue="CVPR",
    ),
)

CLIP_FRAMES = ExtractorSpec(
    id="clip",
    version="1",
    title="CLIP embeddings of frames",
    output=FeatureSpec(name="", shape=(None,), extractor="clip@1"),
    implementation=f"{_HERE}.towers:build_clip",
    encoder="clip",
    takes="a CLIP checkpoint: its name on the Hugging Face Hub, or a folder",
    argument="openai/clip-vit-base-patch32",
    checkpoint=f"{_HERE}.towers:find_clip",
    extras=_TOWERS,
)

BLIP_FRAMES = ExtractorSpec(
    id="blip",
    version="1",
    title="BLIP class tokens of frames",
    output=FeatureSpec(name="", shape=(None,), extractor="blip@1"),
    implementation=f"{_HERE}.towers:build_blip",
    encoder="blip",
    takes="a BLIP checkpoint: its name on the Hugging Face Hub, or a folder",
    argument="Salesforce/blip-image-captioning-base",
    checkpoint=f"{_HERE}.towers:find_blip",
    extras=_TOWERS,
)

I3D = ExtractorSpec(
    id="i3d",
    version="1",
    title="Given I3D features: rgb and flow side by side, or one of them",
    output=FeatureSpec(name="i3d", shape=(None,), extractor="i3d@1"),
    implementation=f"{_HERE}.given:build_i3d",
    takes="a folder with ID_rgb.npy and ID_flow.npy (T', 1024); `FOLDER,rgb` or `FOLDER,flow` reads one",
    checkpoint=f"{_HERE}.given:find_i3d",
    frames=False,
    citation=Citation(
        title="Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset",
        authors="Carreira, Zisserman",
        year=2017,
        venue="CVPR",
    ),
)

VGGISH = ExtractorSpec(
    id="vggish",
    version="1",
    title="Given VGGish features of the sound",
    output=FeatureSpec(name="vggish", shape=(128,), extractor="vggish@1"),
    implementation=f"{_HERE}.given:build_vggish",
    takes="a folder with ID_vggish.npy (T', 128)",
    checkpoint=f"{_HERE}.given:find_vggish",
    frames=False,
    citation=Citation(
        title="CNN Architectures for Large-Scale Audio Classification",
        authors="Hershey, Chaudhuri, Ellis, Gemmeke, Jansen, Moore, Plakal, Platt, Saurous, Seybold, Slaney, "
        "Weiss, Wilson",
        year=2017,
        venue="ICASSP",
    ),
)
