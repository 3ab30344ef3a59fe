"""Highlighting of the Reconverge language; the kernel itself is the `reconverge` command."""
