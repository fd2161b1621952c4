"""What every endpoint of the REST interface shares, and settings name: bodies, pages, filters, renderers, schema."""
