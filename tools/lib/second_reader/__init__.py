"""A second reader of registries, written from Format.md alone: it shares no line with the first."""
