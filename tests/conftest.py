"""What many tests need: people of every role, a private Redis, a real worker."""
