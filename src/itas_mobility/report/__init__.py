"""Reports for people: HTML, maps, tables."""
