"""Lines of which only headways are known: optimal strategies, from their graph to loads and crowding."""
