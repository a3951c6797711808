"""Electric cars of commuters: energy, charging, emissions."""
