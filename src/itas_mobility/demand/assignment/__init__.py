"""Traffic assignment: volumes on road links and boardings of lines."""
