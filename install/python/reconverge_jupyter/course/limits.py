"""`python -m reconverge_jupyter.course.limits MEGABYTES PROGRAM …`: the program, with no more memory, and files that stay small."""

import os
import resource
import sys

# Of a file that it writes.
LARGEST_FILE = 256 << 20
# What the kernel reserves and does not use: two stacks of 256 MB, and what threads may have.
RESERVED = 1024 << 20

if __name__ == "__main__":
    memory = (int(sys.argv[1]) << 20) + RESERVED
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    os.execv(sys.argv[2], sys.argv[2:])
