"""Images: finding, reading, verifying and splitting them."""
