"""Answers questions about cron lines with croniter, for CroniterTests.swift.

Reads lines of `next|prev TAB seconds since 1970 TAB zone TAB cron line`, and writes for each the seconds since 1970 of the
answer, `none`, or `error` and the kind of the exception. Zones are the machine's, as zoneinfo finds them.
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter


def ask(way, start, line):
    cron = croniter(
        line,
        start,
        # A field that begins with a star makes "day of month" and "weekday" both count, as in Vixie's cron.
        implement_cron_bug=True,
        second_at_beginning=True,
        max_years_between_matches=120,
    )
    try:
        return cron.get_next(float) if way == "next" else cron.get_prev(float)
    except CroniterBadDateError:
        return None


def parts(line):
    """The lines that together mean this one: croniter wants both of `1 * MON#2`, where either is enough."""
    fields = line.split()
    day, weekday = fields[-3], fields[-1]
    if "#" not in weekday or day.startswith("*"):
        return [line]
    return [" ".join(fields[:-1] + ["*"]), " ".join(fields[:-3] + ["*"] + fields[-2:])]


def answer(way, moment, zone, line):
    start = datetime.fromtimestamp(int(moment), ZoneInfo(zone))
    found = [time for time in (ask(way, start, part) for part in parts(line)) if time is not None]
    if not found:
        return "none"
    return str(int(min(found) if way == "next" else max(found)))


for question in sys.stdin:
    try:
        print(answer(*question.rstrip("\n").split("\t")))
    except Exception as problem:
        print("error", type(problem).__name__, str(problem).replace("\n", " "))
