"""Hypothesis runs a quick profile by default; HYPOTHESIS_PROFILE=laws or =thorough looks harder."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("laws", parent=settings.get_profile("quick"), max_examples=300)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
