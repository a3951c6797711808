"""OpenStreetMap: files and places become networks."""
