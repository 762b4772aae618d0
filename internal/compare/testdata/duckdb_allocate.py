# Shares a charge of each minute by what each user's queries ran in it: duckdb_allocate.py
# ROWS CHARGE MINUTES THREADS, where ROWS is a file of CSV with user, start and end in
# microseconds of the month, and CHARGE is that of each of the MINUTES. For each line of
# standard input, a name of a file, it writes the sum of each user to it, and prints the
# seconds that it took, those of the processor, and the highest resident memory in KiB.
# Reading the rows is not in them.
import resource
import sys
import time

import duckdb

rows, charge, minutes, threads = sys.argv[1], *map(int, sys.argv[2:5])
con = duckdb.connect()
con.execute(f"SET threads = {threads}")
con.execute(
    "CREATE TABLE queries AS SELECT * FROM read_csv(?, header = false, "
    "columns = {'person': 'BIGINT', 'began': 'BIGINT', 'ended': 'BIGINT'})",
    [rows],
)
print("ready", flush=True)

# What a query ran in each minute that it touches; of users, what they ran in a minute of
# what all ran in it; and that share of the charge. A minute in which nobody ran is not
# shared, and neither is what ran after the month.
share = f"""
WITH touched AS (
    SELECT person, began, ended, unnest(range(began // 60000000, (ended - 1) // 60000000 + 1)) AS minute
    FROM queries WHERE ended > began
), ran AS (
    SELECT minute, person, sum(least(ended, (minute + 1) * 60000000) - greatest(began, minute * 60000000)) AS ran
    FROM touched WHERE minute < {minutes} GROUP BY ALL
), shares AS (
    SELECT person, ran / sum(ran) OVER (PARTITION BY minute) AS share FROM ran
)
SELECT person, sum({charge} * share) AS amount FROM shares GROUP BY person ORDER BY person
"""
for line in sys.stdin:
    began, cpu = time.perf_counter(), time.process_time()
    amounts = con.execute(share).fetchall()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    with open(line.strip(), "w") as out:
        for person, amount in amounts:
            print(person, repr(amount), file=out)
    print(took, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
