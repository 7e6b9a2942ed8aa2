// Placeholder until the first test of House.
