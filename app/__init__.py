"""Shows editions and hands them out: command line, map, pictures, exports."""
