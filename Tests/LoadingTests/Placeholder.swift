// Placeholder until the first test of Loading.
