"""What every endpoint of the REST interface shares: how bodies are read, lists are paged and filtered, and renderers chosen. Settings name it."""
