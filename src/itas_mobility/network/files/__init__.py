"""Networks and trips in exchange formats, one file per format."""
