// Placeholder until the first file of Loading.
