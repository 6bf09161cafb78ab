"""What got worse, where, and is it real.

`find` lists the degraded segments: `rows` makes labels of two windows comparable, `coding` turns dimensions and
measures into numbers, `before_model` says what each label would have been worth before, `cells` adds up every
combination of conditions, `scores` says how far out each has moved given that answers of one person are alike,
`explain_away` picks segments until nothing is left to explain, `rivals` says which of two that overlap, and `report`
puts numbers to them.

`periods` and `releases` choose what is compared with what, `compared` reads both windows; `versions` puts two versions
side by side, safe to look at at any time; `disparity` compares groups of people or requests with each other; both add
up labels with `groups`. `drilldown` looks into one segment: its `trend` and onset, the `signals` that moved, the
`terms` of its bad requests, and its most telling examples.
"""
