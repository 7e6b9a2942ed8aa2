// Placeholder until the first test of Generating.
