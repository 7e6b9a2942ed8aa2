// Placeholder until the first test of Rows.
