"""Shows editions and hands them out: command line, map, pictures, exports."""

import os

# Before NumPy is imported: with huge pages, a matrix that is zero but in a few places takes all its memory, which made
# the layers of the world 6.8 GB instead of 4.8.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
