"""What runs other people's code here sees a read-only machine, its own folders, and nothing else (Linux, no privileges needed).

``view`` says what a process sees, ``inside`` makes it so from within the process, ``files`` judges what it has left behind.
"""
