"""Who travels when, where to and how; loads on the networks."""
