"""Writes the files of this folder, with pyarrow 26 and duckdb 2.0."""

import datetime
import decimal

import duckdb
import numpy
import pyarrow
import pyarrow.parquet

small = {"write_statistics": False, "store_schema": False}
UTC = datetime.timezone.utc
nested = pyarrow.list_(pyarrow.struct([("k", pyarrow.map_(pyarrow.string(), pyarrow.list_(pyarrow.int32()))), ("v", pyarrow.bool_())]))
columns = {
    "i8": (pyarrow.int8(), [-128, None, 127]),
    "i64": (pyarrow.int64(), [-(2**63), None, 2**63 - 1]),
    "u32": (pyarrow.uint32(), [0, None, 2**32 - 1]),
    "u64": (pyarrow.uint64(), [0, None, 2**64 - 1]),
    "f16": (pyarrow.float16(), [numpy.float16(1.5), None, numpy.float16(-6e-8)]),
    "f32": (pyarrow.float32(), [0.1, None, -1e30]),
    "f64": (pyarrow.float64(), [0.1, None, 1e300]),
    "b": (pyarrow.bool_(), [True, None, False]),
    "s": (pyarrow.string(), ["", None, 'ä"€']),
    "bin": (pyarrow.binary(), [b"", None, b"\x00\xff"]),
    "fix": (pyarrow.binary(3), [b"abc", None, b"\x00\xff\x01"]),
    "d9": (pyarrow.decimal128(9, 2), [decimal.Decimal("-0.05"), None, decimal.Decimal("1234567.89")]),
    "d38": (pyarrow.decimal128(38, 10), [decimal.Decimal("-1234567890123456789012345678.0123456789"), None, decimal.Decimal(0)]),
    "date": (pyarrow.date32(), [datetime.date(1, 1, 1), None, datetime.date(2024, 2, 29)]),
    "ms": (pyarrow.timestamp("ms"), [datetime.datetime(1969, 12, 31, 23, 59, 59, 999000), None, datetime.datetime(2024, 2, 29, 1, 2, 3)]),
    "us": (pyarrow.timestamp("us", "UTC"), [datetime.datetime(1, 1, 1, tzinfo=UTC), None, datetime.datetime(2024, 2, 29, 1, 2, 3, 456789, UTC)]),
    "ns": (pyarrow.timestamp("ns"), [numpy.datetime64("1969-12-31T23:59:59.999999999"), None, numpy.datetime64("2024-02-29T01:02:03.000000001")]),
    "time": (pyarrow.time64("us"), [datetime.time(0), None, datetime.time(23, 59, 59, 999999)]),
    "nothing": (pyarrow.null(), [None, None, None]),
    "list": (pyarrow.list_(pyarrow.list_(pyarrow.string())), [[], None, [["a", None], None, []]]),
    "struct": (pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.struct([("c", pyarrow.float64())]))]), [{"a": 1, "b": {"c": None}}, None, {"a": None, "b": None}]),
    "map": (pyarrow.map_(pyarrow.int64(), pyarrow.string()), [[], None, [(1, "x"), (-2, None)]]),
    "nested": (nested, [[None, {"k": [("x", [1, None]), ("y", None)], "v": True}], None, [{"k": None, "v": None}, {"k": [], "v": False}]]),
}
table = pyarrow.table({name: pyarrow.array(values, type) for name, (type, values) in columns.items()})
pyarrow.parquet.write_table(table, "types.parquet", row_group_size=2, **small)

n = 200
many = pyarrow.table({
    "n": list(range(n)),
    "truth": [i % 50 < 30 for i in range(n)],  # runs, in RLE
    "word": ["word %d" % (i % 7) for i in range(n)],
    "list": [list(range(i % 4)) for i in range(n)],
})
for version in ["1.0", "2.0"]:
    for index in [False, True]:
        pyarrow.parquet.write_table(
            many,
            "pages_%s%s.parquet" % (version[0], "_index" if index else ""),
            data_page_version=version,
            data_page_size=100,
            write_batch_size=11,
            row_group_size=90,
            write_page_index=index,
            compression="zstd",
            **small,
        )
pyarrow.parquet.write_table(many.select(["n", "list"]), "lz4.parquet", compression="lz4", **small)
pyarrow.parquet.write_table(table.select(["ns"]), "int96.parquet", **small, use_deprecated_int96_timestamps=True)

duckdb.sql("""
    copy (select i, uuid '00112233-4455-6677-8899-aabbccddeeff' u, interval (i) month + interval 1 day + interval 3500 millisecond iv,
        'a'::enum('a', 'b') e, '{"x": [1]}'::json j, map {'k': [i]} m, (i / 7)::decimal(20, 5) d, timestamptz '2020-01-01 01:02:03+02' tz
        from range(3) t(i)) to 'duckdb.parquet' (format parquet, compression gzip)
""")
