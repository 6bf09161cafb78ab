"""Forgetting a person: what is theirs, taking it out of every table and file, and the proof that it is gone."""
