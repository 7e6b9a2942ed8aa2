// Placeholder until the first file of Generating.
