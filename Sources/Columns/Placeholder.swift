// Placeholder until the first file of Columns.
