"""Data from servers: Overpass, Nominatim, downloads; kept in the cache with checksums."""
