// Placeholder until the first test of Segments.
