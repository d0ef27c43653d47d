"""What clickhouse-connect gets from the endpoint. Arguments: port, port that wants a token, the token. Prints JSON."""

import json
import re
import sys
import threading

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

PORT, GUARDED, TOKEN = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def connect(port=PORT, **options):
    return clickhouse_connect.get_client(host="127.0.0.1", port=port, **options)


def refusal(work):
    """Number of ClickHouse's error, or what else came of it."""
    try:
        return str(work())
    except ClickHouseError as error:
        found = re.search(r"[Cc]ode: (\d+)", str(error))
        return int(found[1]) if found else str(error)


def streamed(client):
    rows = total = 0
    query = "SELECT number, toString(number) AS text FROM numbers(200000)"
    with client.query_row_block_stream(query, settings={"max_block_size": 20000}) as blocks:
        for block in blocks:
            rows += len(block)
            total += sum(row[0] for row in block)
    return [rows, total]


def cancelled(client):
    """Another thread kills the query by its id."""
    outcome = []
    slow = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)"
    running = threading.Thread(
        target=lambda: outcome.append(refusal(lambda: client.query(slow, settings={"query_id": "python-slow"})))
    )
    running.start()
    other = connect()
    while not other.query("KILL QUERY WHERE query_id = 'python-slow'").row_count:
        pass
    running.join()
    return outcome[0]


client = connect()
types = client.query("SELECT * FROM mirror.types ORDER BY id LIMIT 1")
sums = client.query("SELECT sum(number) AS total FROM numbers(100000)")
client.command("SET max_threads = 3")
client.command("USE mirror")
secret = connect(GUARDED, password=TOKEN)
print(
    json.dumps(
        {
            "version": client.server_version,
            "ping": client.ping(),
            "types": {
                name: [kind.name, str(value)]
                for name, kind, value in zip(types.column_names, types.column_types, types.first_row)
            },
            "parameters": client.query(
                "SELECT {n:Int32}, {s:String}, {l:Array(String)}", parameters={"n": 3, "s": "l'été\n\\", "l": ["q"]}
            ).result_rows[0],
            "streamed": streamed(client),
            "compressed": {
                method: connect(compress=method).query("SELECT number FROM numbers(50000)").row_count
                for method in ("lz4", "zstd", "gzip")
            },
            "read": [sums.summary["read_rows"], sums.summary["result_rows"]],
            "session": client.query("SELECT getSetting('max_threads'), currentDatabase(), count() FROM ticket").first_row,
            "setting": client.query("SELECT getSetting('max_threads')", settings={"max_threads": 2}).first_row[0],
            "tables": client.command("SHOW TABLES FROM mirror"),
            "guarded": secret.query("SELECT 1").first_row[0],
            "refusals": {
                "password": refusal(lambda: connect(GUARDED, password="wrong")),
                "nowhere": refusal(lambda: client.query("SELECT * FROM nowhere")),
                "syntax": refusal(lambda: client.query("SELECT 1 +")),
                "insert": refusal(lambda: client.insert("mirror.ticket", [[1, "x", 1, 0]])),
                "drop": refusal(lambda: client.command("DROP TABLE mirror.ticket")),
                "system": refusal(lambda: client.command("SYSTEM SHUTDOWN")),
                "file": refusal(lambda: client.query("SELECT * FROM file('/etc/passwd', LineAsString)")),
                "url": refusal(lambda: client.query("SELECT * FROM url('http://127.0.0.1:1/', LineAsString)")),
                "s3": refusal(lambda: client.query("SELECT * FROM s3('http://127.0.0.1:1/a.csv')")),
                "remote": refusal(lambda: client.query("SELECT * FROM remote('127.0.0.1:1', system.one)")),
                "executable": refusal(lambda: client.query("SELECT * FROM executable('id', TSV, 'a String')")),
                "escape": refusal(lambda: client.query("SELECT 1 SETTINGS readonly = 0")),
                "rows": refusal(lambda: client.query("SELECT number FROM numbers(10000000)").row_count),
                "bytes": refusal(lambda: client.query("SELECT repeat('x', 10000) FROM numbers(20000)").row_count),
                "time": refusal(
                    lambda: client.query(
                        "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)", settings={"max_execution_time": 0.2}
                    )
                ),
                "memory": refusal(lambda: client.query("SELECT groupArray(number) FROM numbers(100000000)")),
                "midway": refusal(
                    lambda: client.query("SELECT throwIf(number = 400000), number FROM numbers(500000)").row_count
                ),
                "killed": cancelled(connect(autogenerate_session_id=False)),
            },
        }
    )
)
