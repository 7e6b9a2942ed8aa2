// Placeholder until the first test of Columns.
