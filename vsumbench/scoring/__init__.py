"""Pure functions, arrays in and arrays out: no files, no logging, no state, no other room."""
