// Placeholder until the first test of Store.
