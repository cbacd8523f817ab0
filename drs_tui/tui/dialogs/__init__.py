"""Questions and reading matter that lie over a screen."""
