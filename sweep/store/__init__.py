"""What a sweep keeps on the disk: its ledger and its weights."""
