"""What a person sees on a terminal. Only this package draws with Rich."""
