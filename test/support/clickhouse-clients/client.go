// What clickhouse-go gets from the endpoint over HTTP, as Grafana uses it.
// Arguments: host:port, host:port that wants a token, the token. Prints JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

var ctx = context.Background()

func connect(address string, password string, method clickhouse.CompressionMethod) driver.Conn {
	options := &clickhouse.Options{
		Addr:     []string{address},
		Protocol: clickhouse.HTTP,
		Auth:     clickhouse.Auth{Database: "mirror", Username: "default", Password: password},
	}
	if method != clickhouse.CompressionNone {
		options.Compression = &clickhouse.Compression{Method: method, Level: 3}
		options.Settings = clickhouse.Settings{"enable_http_compression": 1}
	}
	connection, err := clickhouse.Open(options)
	if err != nil {
		panic(err)
	}
	return connection
}

// Number of ClickHouse's error, or what else came of it.
func refusal(err error) any {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	return fmt.Sprint(err)
}

func count(connection driver.Conn, query string) (int, error) {
	rows, err := connection.Query(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		found++
	}
	return found, rows.Err()
}

func types(connection driver.Conn) map[string][]string {
	rows, err := connection.Query(ctx, "SELECT * FROM types ORDER BY id LIMIT 1")
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	rows.Next()
	columns := rows.ColumnTypes()
	values := make([]any, len(columns))
	for index, column := range columns {
		values[index] = reflect.New(column.ScanType()).Interface()
	}
	if err := rows.Scan(values...); err != nil {
		panic(err)
	}
	found := map[string][]string{}
	for index, column := range columns {
		value := reflect.ValueOf(values[index]).Elem()
		for value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		text := fmt.Sprint(value.Interface())
		if named, ok := value.Addr().Interface().(fmt.Stringer); ok && value.Kind() != reflect.Pointer {
			text = named.String()
		}
		found[column.Name()] = []string{column.DatabaseTypeName(), text}
	}
	return found
}

func main() {
	open, guarded, token := os.Args[1], os.Args[2], os.Args[3]
	plain := connect(open, "", clickhouse.CompressionNone)
	if err := plain.Ping(ctx); err != nil {
		panic(err)
	}
	version, err := plain.ServerVersion()
	if err != nil {
		panic(err)
	}
	compressed := map[string]any{}
	for _, method := range []clickhouse.CompressionMethod{
		clickhouse.CompressionLZ4, clickhouse.CompressionZSTD, clickhouse.CompressionGZIP,
		clickhouse.CompressionDeflate, clickhouse.CompressionBrotli,
	} {
		found, err := count(connect(open, "", method), "SELECT number, toString(number) AS text FROM numbers(200000)")
		compressed[method.String()] = found
		if err != nil {
			compressed[method.String()] = err.Error()
		}
	}
	var number int32
	var text string
	bound := plain.QueryRow(ctx, "SELECT {n:Int32}, {s:String}",
		clickhouse.Named("n", int32(3)), clickhouse.Named("s", "l'été"))
	if err := bound.Scan(&number, &text); err != nil {
		panic(err)
	}
	refusals := map[string]any{}
	for name, query := range map[string]string{
		"nowhere": "SELECT * FROM nowhere",
		"drop":    "DROP TABLE ticket",
		"system":  "SYSTEM SHUTDOWN",
		"file":    "SELECT * FROM file('/etc/passwd', LineAsString)",
		"url":     "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"escape":  "SELECT 1 SETTINGS readonly = 0",
		"rows":    "SELECT number FROM numbers(10000000)",
		"midway":  "SELECT throwIf(number = 400000), number FROM numbers(500000)",
	} {
		_, err := count(plain, query)
		refusals[name] = refusal(err)
	}
	_, err = count(connect(open, "", clickhouse.CompressionLZ4), "SELECT throwIf(number = 400000) FROM numbers(500000)")
	refusals["midway packed"] = refusal(err)
	refusals["password"] = refusal(connect(guarded, "wrong", clickhouse.CompressionNone).Ping(ctx))
	batch, err := plain.PrepareBatch(ctx, "INSERT INTO ticket (rowid, ref)")
	if err == nil {
		_ = batch.Append(int32(1), "x")
		err = batch.Send()
	}
	refusals["insert"] = refusal(err)
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = plain.Query(short, "SELECT sum(sipHash64(number)) FROM numbers(100000000000)")
	functions, err2 := count(plain, "SELECT name,is_aggregate,case_insensitive,alias_to,origin,description,syntax,"+
		"arguments,returned_value,examples,categories FROM system.functions LIMIT 10000")
	tables, err3 := count(plain, "SHOW TABLES FROM \"mirror\"")
	answer, _ := json.Marshal(map[string]any{
		"version":    version.Version.String(),
		"types":      types(plain),
		"compressed": compressed,
		"parameters": []any{number, text},
		"guarded":    connect(guarded, token, clickhouse.CompressionNone).Ping(ctx) == nil,
		"refusals":   refusals,
		"gone":       errors.Is(err, context.DeadlineExceeded),
		"functions":  functions > 1000 && err2 == nil && err3 == nil && tables == 2,
	})
	fmt.Println(string(answer))
}
