"""All that a run found, and the tables made of it."""
