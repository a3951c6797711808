"""Whether a region's model may be believed: what it answers to, beside what others have measured."""
