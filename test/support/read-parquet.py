"""Prints the columns and rows of a Parquet file, or of all files of a folder, as JSON."""
import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.dataset


def types_of(fields, prefix=""):
    found = {}
    for field in fields:
        path = prefix + field.name
        if pa.types.is_struct(field.type):
            found[path] = "struct"
            found.update(types_of(field.type, path + "."))
        else:
            found[path] = str(field.type)
    return found


def plain(value):
    if isinstance(value, dict):
        return {name: plain(field) for name, field in value.items()}
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value


table = pyarrow.dataset.dataset(sys.argv[1], format="parquet").to_table()
rows = [plain(row) for row in table.to_pylist()]
json.dump({"types": types_of(table.schema), "rows": rows}, sys.stdout)
