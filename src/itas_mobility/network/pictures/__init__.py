"""Networks to look at: plots, and a map in one file that works offline."""
