"""The words of the simulation: one file of templates per feature, and one of turns of phrase."""
