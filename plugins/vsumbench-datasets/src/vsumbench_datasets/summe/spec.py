"""SumMe as data: features joined with human annotations, the annotations alone, and a planted edition."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    Provides,
    Source,
    SplitSetSpec,
    Task,
)
from vsumbench_datasets.eccv16.editions import SOURCE, edition
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.split_sets import further_split_sets

from .splits import NAMES

LICENCE = "research only"
ORIGIN = "https://data.vision.ee.ethz.ch/cvl/SumMe/SumMe.zip"

DIGESTS = {
    "Air_Force_One": "0d85998c81235eb99490e6c9b500c88e192df014cb5de5b793e8a8ad7f7b5e1f",
    "Base jumping": "0388cf924d6420a72b0a03e3e40ee8a67eba089b3ea0bace27a32c6ff40704a4",
    "Bearpark_climbing": "7cf65193d5f08d9025b6d12506119fb640c7156deb6e495712dec652739cc6da",
    "Bike Polo": "66886d1eafe54ecbe6ecb3109a688d03087f64d9bd5a51783f3ed267e0b47848",
    "Bus_in_Rock_Tunnel": "8d2f05fb589a41de949496dd1ba4a43e6cee27838e48285a7b3c5df34d85cd07",
    "Car_railcrossing": "3e4690427bf94bb864e2e34454506948afa4cc2224a1befb53fb2ee4465a7b66",
    "Cockpit_Landing": "9ba34923e5f8f6cbd45d3e16dff801f9796e2c0ebed1df7e16d18ce5d112e4c7",
    "Cooking": "a1c9baf361db31ad49bf3f0f1bf7e3eb7cfba1a09ac9688d2194b8276c09c2a7",
    "Eiffel Tower": "971d934fe1e1279ec29b520571405bd4fd8577cfecead3a2195025037a7a392a",
    "Excavators river crossing": "78fa75262008ab77bdd4e2f232349ec7e54b74033c9254b603024fd8aa803c56",
    "Fire Domino": "091832849dced2154dac79f829da2d015c80c2ff90fece20d5e6da5e9d60e796",
    "Jumps": "f56df5a38031fd58fdcd6e78a189c48ce07e0fb5c863ea1a060408c300eb16b0",
    "Kids_playing_in_leaves": "b7445f993212548a6abe766c273c0d7d2172b9f818eddce2fab2ff5c5a43d0c4",
    "Notre_Dame": "4ae1f67e841456c8968456d8c08d0432f892b18c6ca872b1fc399a18e364d17d",
    "Paintball": "43e45a5c85f312c8cd43545ba722289d11a1df69168358332ba1a30ec1173f7d",
    "Playing_on_water_slide": "f68f79b47fd363068632ab189e5cf72daa5e027013e7283b77eaf2b3e58a7cfc",
    "Saving dolphines": "d3e38042f0c079804ed4e25b9ae0a1ffa9fdca5c6ab16f3bbdce99f5aad37339",
    "Scuba": "04601df2f1fd25a49a69ce81e296beee303b2143263dfb9dbb36643b8f0d5b00",
    "St Maarten Landing": "28a45ab34e2535a7165fad2753f97446bf69be99b406542903448be57a0b98c1",
    "Statue of Liberty": "f955900fbaa0b54d305e335f3714ba8a4901b5a763bdcf45d4f6432036937b96",
    "Uncut_Evening_Flight": "aa9f49b67d74150be1df89fa264445e4fe1b94ac4cf757b074f708e380ee9c05",
    "Valparaiso_Downhill": "0d6cefd60d0a859158a3e102a7490ccea3717d1096ccfd5531df0507c0f5684c",
    "car_over_camera": "595560197de1117bd2cab99e057619659173070bedcd56a2d3925fb48ce4823a",
    "paluma_jump": "352e368c3cb521b625a49c7a199bdcfd855182f1a54373978d35517f87127407",
    "playing_ball": "529cc3a485be9e5807e0f69d7b9c99c975293cbe8d5e52d348b1e3dcd319c8bc",
}
"""Sha256 of the published ground-truth files, measured; the publisher states none."""

PUBLISHED = {
    "nonoverlap-ordered-msva": (25, "f996b71daceeedfec0201c10f902b64e139e0e0c92cd8cd72444e777e980e001"),
    "nonoverlap-random-msva": (25, "fa0f21e0d2e0aa044a97c81980b9bbb10103b22fdc7b127139880c9bce2f2036"),
    "redraw-vasnet": (17, "ed638de000fb0a5d245fe5fb01fb8fe2870e44ac41ad36606f9f19ff0289eb19"),
    "redraw-dsnet": (16, "bda131adc83ef59c5437e5f6731d7200c77105a7d8f946b82ade3010df5e3941"),
    "redraw50-por": (25, "5be7a3db6058643f5cfcea2b840a9368753b37cb7912b693c1645bc09ad2ebfb"),
    "augment": (16, "387c56d229f5798c9cef5177c12ca213c9af2e501d1cfba33bea16ea875597b5"),
    "augment-vasnet": (15, "8b95e5a9b1702f51a5dd2bf258b2488f567bd371258b0b358dd0b1c78645b6c6"),
    "transfer": (25, "0c0dd6e8bec4861db3400d31be1bacf9095061ca741a3dcaab7ebe726298409d"),
}
"""Split set → how many videos are tested in any of its folds, and their digest."""

SUMME = DatasetSpec(
    id="summe",
    title="SumMe",
    tasks=(Task.V2V,),
    editions=(
        edition("full", rated=True, summarized=True),
        EditionSpec(
            id="annotations",
            provides=Provides(importance=True, user_summaries=True),
            tasks=(Task.V2V,),
        ),
        edition("planted", rated=True, summarized=True, maker="vsumbench_datasets.summe.planted:make"),
    ),
    split_sets=(
        SplitSetSpec(
            id="canonical-nonoverlap",
            title="five folds of 20/5 videos that together test all 25",
            digest="3cc92eaf59cd9d1a52004ae64ed11cbb4a6e8662b51e8c3d5519094ac133d10d",
            official_videos=25,
            source="CSTA split file",
        ),
        SplitSetSpec(
            id="canonical-redraw",
            title="five random re-draws of 20/5 videos that test 18 of 25",
            digest="c86687dbce21bc0749677c4cafc81cb3c5745a59a63ce9a4b9e1ee93b46ad662",
            official_videos=18,
            source="PGL-SUM split file, the same as LLMVS's",
        ),
        *further_split_sets(25, "TVSum", 20, 5, PUBLISHED),
        SplitSetSpec(
            id="all",
            title="one fold that tests every video and trains on none, for reference rows",
            digest="a02ec690abf23acc121a2e74529195f488fc8e53f196c9c5c469c588e577d522",
            official_videos=25,
        ),
    ),
    default_protocols=("peruser-2fps", "peruser-full", "keyshot-f1-max", "keyshot-meanuser"),
    implementation="vsumbench_datasets.summe.reader:open_summe",
    source=SOURCE,
    sources=(
        LAYOUTS["summe"].source,
        *(
            Source(path=f"GT/{name}.mat", origin=ORIGIN, sha256=DIGESTS[name], licence=LICENCE)
            for name in NAMES
        ),
    ),
    licence=LICENCE,
    citation=Citation(
        title="Creating Summaries from User Videos",
        authors="Gygli, Grabner, Riemenschneider, Van Gool",
        year=2014,
        venue="ECCV",
        url="https://gyglim.github.io/me/vsum/index.html",
    ),
    expected={
        "videos": 25,
        "annotations": 390,
        "frames": 109_820,
        "planted:videos": 25,
        "planted:annotations": 411,
        "planted:frames": 30_750,
    },
)
