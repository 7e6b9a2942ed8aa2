// Placeholder until the first test of Hearth.
