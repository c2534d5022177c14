"""A program: write what arro3 reads, an Arrow file, an Arrow stream or a Parquet file, into a database of the engine.
Arguments: the file, which of the three it is, the file to write, and the size of its blocks.

It says as JSON on standard output: `names`, those of the columns, or `error`, the end of a sentence that begins with
the name of the file.
"""

import json
import re
import struct
import sys

import duckdb
from arro3.core import DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc, read_ipc_stream, read_parquet

_READERS = {"file": read_ipc, "stream": read_ipc_stream, "parquet": read_parquet}
_NAMES = {"file": "an Arrow file", "stream": "an Arrow stream", "parquet": "a Parquet file"}
_ENGINE_MEMORY = "150MB"
_GROUP_VALUES = 1 << 20
_BIG_ENDIAN = 1
_MOST_DIGITS = 38  # of a decimal of the engine
_UNKNOWN = re.compile(r"\b(not supported|unsupported|not implemented|could not convert)\b", re.IGNORECASE)
_LONG_DECIMAL = re.compile(r"Decimal256\((\d+), (-?\d+)\)")


def main(path: str, form: str, target: str, block_bytes: str) -> dict[str, object]:
    """Write the rows of all record batches, one after the other, into the table `data`."""
    if form == "stream" and _is_big_endian(path):
        return {
            "error": "is an Arrow stream of a big-endian machine, which cannot be read here; write it anew on another."
        }
    try:
        reader = _READERS[form](path)
        names = [field.name for field in _fields(reader.schema)]
        if not names:
            return {"error": f"is {_NAMES[form]} without a column; give another file."}
        if fault := _fault(reader.schema):
            return {"error": fault}
        reader = _with_known_types(reader)
        with duckdb.connect(config={"memory_limit": _ENGINE_MEMORY, "threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = max(2048, min(122_880, _GROUP_VALUES // len(names) // 2048 * 2048))
            file = "'" + target.replace("'", "''") + "'"
            connection.execute(f"ATTACH {file} AS target (ROW_GROUP_SIZE {rows}, BLOCK_SIZE {block_bytes})")
            connection.execute("CREATE TABLE target.data AS SELECT * FROM reader")
        return {"names": names}
    except Exception as error:  # arro3 raises its own, of no common kind
        return {"error": f"is {_NAMES[form]} {_why(error)}"}


def _why(error: Exception) -> str:
    """Return the end of the sentence on a file that cannot be read: it is broken, or holds what the engine has no type
    for. That is told of in errors of several kinds.
    """
    line = _first_line(error)
    if _UNKNOWN.search(line):
        return f"with a column of a type that cannot be read here ({line}); save that column as another type."
    return f"that cannot be read ({line}); fetch it again, or save it anew."


def _fault(schema: Schema) -> str:
    """Return the end of the sentence on decimals that the engine has no type for; nothing where there are none."""
    for field in _fields(schema):
        for digits, _ in _LONG_DECIMAL.findall(str(field.type)):
            if int(digits) > _MOST_DIGITS:
                words = f"holds decimals of {digits} digits (column {field.name}), which cannot be read here unrounded"
                return f"{words}; write them with {_MOST_DIGITS} digits, or as text."
            if DataType.is_nested(field.type):
                words = f"holds lists or objects with decimals of 256 bits (column {field.name})"
                return f"{words}, which cannot be read here; write them with 128 bits."
    return ""


def _with_known_types(reader: RecordBatchReader) -> RecordBatchReader:
    """Return the batches with half floats as floats and short decimals of 256 bits with 128: the engine has neither."""
    fields = _fields(reader.schema)
    known = [field.with_type(_known(field.type)) for field in fields]
    if all(field.type == other.type for field, other in zip(fields, known, strict=True)):
        return reader
    schema = Schema(known)
    batches = (
        RecordBatch.from_arrays(
            [column.cast(field.type) for column, field in zip(batch.columns, known, strict=True)], schema=schema
        )
        for batch in reader
    )
    return RecordBatchReader.from_batches(schema, batches)


def _fields(schema: Schema) -> list[Field]:
    return [schema.field(number) for number in range(len(schema))]


def _known(given: DataType) -> DataType:
    if DataType.is_float16(given):
        return DataType.float32()
    if DataType.is_decimal256(given):
        [(digits, places)] = _LONG_DECIMAL.findall(str(given))
        return DataType.decimal128(int(digits), int(places))
    return given


def _is_big_endian(path: str) -> bool:
    """Return what the first message of a stream says of its bytes; arro3 would read them in the order of this machine.

    The message is a FlatBuffer: a table begins with the way back to the list of its fields
    (https://github.com/apache/arrow/blob/main/format/Message.fbs, Schema.fbs; https://flatbuffers.dev/internals/).
    """
    with open(path, "rb") as stream:
        head = stream.read(1 << 16)
    start = 8 if head.startswith(b"\xff\xff\xff\xff") else 4  # before 0.15 only the length of the message came first
    try:
        message = start + struct.unpack_from("<I", head, start)[0]
        place = _field(head, message, 2)
        schema = place + struct.unpack_from("<I", head, place)[0]
        place = _field(head, schema, 0)
        return bool(place) and struct.unpack_from("<h", head, place)[0] == _BIG_ENDIAN
    except struct.error:
        return False


def _field(head: bytes, table: int, number: int) -> int:
    """Return where a field of a table stands; 0 where it is left out and has its default."""
    fields = table - struct.unpack_from("<i", head, table)[0]
    size = struct.unpack_from("<H", head, fields)[0]
    offset = struct.unpack_from("<H", head, fields + 4 + 2 * number)[0] if 4 + 2 * number < size else 0
    return table + offset if offset else 0


def _first_line(error: Exception) -> str:
    """Return what the libraries say of an error, without the names of its kind before it."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return re.sub(r"^((\w+ )+Error: )+", "", line).rstrip(". :")


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  # its answer
