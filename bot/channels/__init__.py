"""One adapter for each channel: foreign events into our messages, our messages into foreign calls."""
