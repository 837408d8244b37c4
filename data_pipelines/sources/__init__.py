"""The sources, one file each, named for the source's id; adding one is adding a file here."""
