// Placeholder until the first file of Hearth.
