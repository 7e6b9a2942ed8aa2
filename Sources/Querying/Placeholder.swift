// Placeholder until the first file of Querying.
