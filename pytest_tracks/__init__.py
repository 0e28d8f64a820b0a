"""Gated parallel task validation for pytest: a plan's acceptance criteria become verdicts.

The layers, top to bottom (enforced by import-linter)::

    plugin/  cli/                        pytest, xdist and the console command
    project/                             settings, kinds and validity, as pytest's config has them
    reports/ state/ checks/ formats/     text for people, memory, kinds of check, plan files
    core/                                pure: model, graph, scheduling, gate, verdict
    errors                               the tree of all errors
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
