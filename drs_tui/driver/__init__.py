"""The process around the engines, and how to ask it for something."""
