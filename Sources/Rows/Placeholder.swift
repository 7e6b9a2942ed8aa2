// Placeholder until the first file of Rows.
