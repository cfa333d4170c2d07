"""BERTScore as data (protocols.md d, dependencies.md 6)."""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs

BERTSCORE = MetricSpec(
    id="bertscore",
    version="1",
    title="BERTScore",
    scale="fraction",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.bertscore:score",
    # Three digits are printed.
    tolerance=0.0005,
    takes="MODEL-LNN: a model by its name on the Hugging Face Hub, a folder, or minilm-l6-v2; and the layer",
    argument="roberta-large-L17",
    checkpoint="vsumbench_text_metrics.bertscore_names:checkpoint_of",
    chain=(
        "tokens of the model's own tokenizer, cut to what the model reads",
        "a vector a token: the hidden state after layer NN, scaled to length 1",
        "precision: mean over predicted tokens of the best cosine with a reference token; recall likewise",
        "tokens that mark start and end are matched with but do not count in the means; no idf weights",
        "F of precision and recall, as it is (no rescaling with a baseline); 0 for an empty text",
        "best reference of each item, mean over items",
    ),
    source="protocols.md d, dependencies.md 6.10 and 6.11",
    disagreements=(
        (
            "Values of different models or layers are different metrics: unrelated English already gets "
            "about 0.83 from roberta-large, while MiniLM has another level altogether; so the column "
            "carries both."
        ),
        (
            "Papers that print 0.87 to 0.91 fit roberta-large at layer 17 without rescaling; rescaled "
            "values would be 0.2 to 0.5."
        ),
        "The bert-score package stops at an empty prediction under transformers 5; here it scores 0.",
        (
            "With several references the package takes the best precision, recall and F each for itself; "
            "here the F is that of one reference, which gives the same F."
        ),
    ),
    citation=Citation(
        title="BERTScore: evaluating text generation with BERT",
        authors="Zhang, Kishore, Wu, Weinberger, Artzi",
        year=2020,
        venue="ICLR",
    ),
    note="F without idf and without rescaling; the column names model and layer.",
    aliases=("bertscore/roberta-large-raw", "bertscore/roberta-large-L17-noidf-raw"),
)
