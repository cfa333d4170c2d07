"""Records: schema, run folder layout, durable writing, prediction files, provenance."""
