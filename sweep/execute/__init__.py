"""Where a trial runs: one small seam, and processes of this machine behind it."""
