"""Text metrics (BLEU, METEOR, ROUGE, CIDEr, SacreBLEU, NIST) and the text protocols they are reported with.

Nothing is imported here: specs are light, implementations are imported when a score is asked for.
"""
