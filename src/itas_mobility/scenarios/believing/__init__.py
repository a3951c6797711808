"""What makes a region believable: constants fitted to shares that are known, elasticities beside published ones."""
