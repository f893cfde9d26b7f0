"""Images: where they are found, how they are read and verified, how they are split."""
