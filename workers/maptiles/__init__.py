"""Map tiles from the 8-bit Web Mercator copies: read a window, colour it, encode it."""
