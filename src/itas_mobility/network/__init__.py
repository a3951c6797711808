"""Roads and lines from OpenStreetMap and other files."""
