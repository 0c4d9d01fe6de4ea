"""Traces, metrics and log fields through OpenTelemetry, for those who chose them.

`telling` is what the app calls: without the setting that chooses them each call is a look at one
variable. `switch` makes the pipeline to Azure Monitor, `fields` says how everything is called, and
docs/observing.md tells whoever looks at it. A story tells nothing itself, for it is replayed: what
there is to tell stands in the requests of its steps, and in its report.
"""
