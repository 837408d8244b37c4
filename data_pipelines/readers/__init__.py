"""Raw files to rows: what a file is by its content, strict reading that loses nothing, and typed columns."""
