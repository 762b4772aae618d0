"""Starts a moto server whose Redshift Data API the AWS SDK for Go understands.

By itself it writes times as texts, NULLable as a boolean, the number of rows under
another name, and no types of columns; and no statement ever ends. Here one ends when it
is described the second time, unless its SQL has the word forever.
"""

from moto.redshiftdata import models
from moto.server import main

models.iso_8601_datetime_without_milliseconds = lambda time: time.timestamp()


def column(self):
    yield "name", self.name
    yield "typeName", "int8" if self.is_signed else "varchar"
    yield "nullable", int(self.nullable)


def result(self):
    yield "ColumnMetadata", self.column_metadata
    yield "Records", self.records
    yield "TotalNumRows", self.total_number_rows


def described(self, describe=models.Statement.__iter__):
    yield from describe(self)
    if self.status == "STARTED" and "forever" not in self.query_string:
        self.status, self.has_result_set = "FINISHED", True
        self.result_rows, self.duration = 3, 1_000_000


models.ColumnMetadata.__iter__ = column
models.StatementResult.__iter__ = result
models.Statement.__iter__ = described
main()
