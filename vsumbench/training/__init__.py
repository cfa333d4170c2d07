"""Training help that plugins opt into. Nothing here needs torch unless its name says so."""
