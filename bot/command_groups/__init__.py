"""One module a group of commands; ``bot.__main__`` puts them together."""
