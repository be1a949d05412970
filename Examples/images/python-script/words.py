#!/usr/bin/python3
"""Counts the words on standard input, and leaves the three most frequent as the job's value."""
import collections
import json
import os
import sys

counts = collections.Counter(sys.stdin.read().lower().split())
print(sum(counts.values()), "words,", len(counts), "different ones")
if "BOBBIN_RESULT" in os.environ:
    with open(os.environ["BOBBIN_RESULT"], "w") as result:
        json.dump(dict(counts.most_common(3)), result)
