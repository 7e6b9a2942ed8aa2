// Placeholder until the first test of Querying.
