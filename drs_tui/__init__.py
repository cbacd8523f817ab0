"""Interactive disaster-recovery drills on AWS Elastic Disaster Recovery."""

__version__ = "0.1.0"
