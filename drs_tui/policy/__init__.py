"""The site's policy file: who may have written it, and what it says."""
