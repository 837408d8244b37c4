"""Risk measures, one file each: pure functions from a Panel to values."""
