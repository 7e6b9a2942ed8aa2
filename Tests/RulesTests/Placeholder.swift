// Placeholder until the first test of Rules.
