// Placeholder until the first file of Rules.
