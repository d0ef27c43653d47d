import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.ServerException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * What ClickHouse's drivers for Java get from the endpoint: JDBC, as Metabase and DBeaver use it, and the client below it.
 * Arguments: host:port, host:port that wants a token, the token. Prints JSON.
 */
public class Client {
    interface Work {
        Object run() throws Exception;
    }

    static final Map<String, Object> found = new LinkedHashMap<>();

    static Connection connect(String address, String password) throws SQLException {
        Properties properties = new Properties();
        if (!password.isEmpty()) properties.setProperty("password", password);
        return DriverManager.getConnection("jdbc:clickhouse://" + address + "/mirror", properties);
    }

    /** Number of ClickHouse's error, or what else came of it. */
    static Object refusal(Work work) {
        try {
            return String.valueOf(work.run());
        } catch (Exception error) {
            String text = "";
            for (Throwable each = error; each != null; each = each.getCause()) {
                if (each instanceof ServerException) return ((ServerException) each).getCode();
                if (each instanceof SQLException && ((SQLException) each).getErrorCode() != 0)
                    return ((SQLException) each).getErrorCode();
                text += each.getClass().getSimpleName() + " ";
            }
            return text.trim();
        }
    }

    static List<Object> column(ResultSet rows, String name) throws SQLException {
        List<Object> values = new ArrayList<>();
        while (rows.next()) values.add(rows.getString(name));
        rows.close();
        return values;
    }

    static int count(Connection connection, String query) throws SQLException {
        int rows = 0;
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(query)) {
            while (result.next()) rows += result.getString(1) == null ? 0 : 1;
        }
        return rows;
    }

    static Map<String, Object> types(Connection connection) throws SQLException {
        Map<String, Object> types = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM types ORDER BY id LIMIT 1")) {
            row.next();
            ResultSetMetaData columns = row.getMetaData();
            for (int index = 1; index <= columns.getColumnCount(); index++) {
                Object value = row.getObject(index);
                String name = value == null ? "null" : value.getClass().getSimpleName();
                types.put(columns.getColumnName(index),
                        List.of(columns.getColumnTypeName(index), String.valueOf(row.getString(index)), name));
            }
        }
        return types;
    }

    static Object killed(Connection connection, Connection other) throws Exception {
        Statement slow = connection.createStatement();
        Object[] outcome = new Object[1];
        Thread running = new Thread(() -> outcome[0] = refusal(
                () -> slow.executeQuery("SELECT sum(sipHash64(number)) FROM numbers(100000000000)")));
        running.start();
        while (count(other, "SELECT 1 FROM system.processes WHERE query LIKE '%numbers(100000000000)%'"
                + " AND query NOT LIKE '%processes%'") == 0) Thread.onSpinWait();
        slow.cancel();
        running.join();
        return outcome[0];
    }

    static void metadata(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        found.put("product", data.getDatabaseProductName() + " " + data.getDatabaseProductVersion());
        found.put("valid", connection.isValid(5));
        found.put("schemas", column(data.getSchemas(), "TABLE_SCHEM"));
        String[] kinds = {"TABLE", "VIEW", "MATERIALIZED VIEW"};
        found.put("tables", column(data.getTables(null, "mirror", "%", kinds), "TABLE_NAME"));
        found.put("columns", column(data.getColumns(null, "mirror", "ticket", "%"), "COLUMN_NAME"));
        found.put("keys", column(data.getPrimaryKeys(null, "mirror", "ticket"), "COLUMN_NAME"));
        found.put("typeNames", column(data.getTypeInfo(), "TYPE_NAME").contains("DateTime64"));
        found.put("functions", column(data.getFunctions(null, null, "%"), "FUNCTION_NAME").contains("toDate"));
    }

    static void refusals(Connection connection, String guarded) throws Exception {
        Map<String, Object> refusals = new LinkedHashMap<>();
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("nowhere", "SELECT * FROM nowhere");
        queries.put("syntax", "SELECT 1 +");
        queries.put("file", "SELECT * FROM file('/etc/passwd', LineAsString)");
        queries.put("url", "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)");
        queries.put("escape", "SELECT 1 SETTINGS readonly = 0");
        queries.put("memory", "SELECT groupArray(number) FROM numbers(100000000)");
        queries.put("time", "SELECT sum(number) FROM numbers(1000000000000) SETTINGS max_execution_time = 0.2");
        queries.put("midway", "SELECT throwIf(number = 400000), number FROM numbers(500000)");
        for (Map.Entry<String, String> each : queries.entrySet())
            refusals.put(each.getKey(), refusal(() -> count(connection, each.getValue())));
        for (String change : List.of("INSERT INTO ticket VALUES (9, 'x', 1, 0)", "DROP TABLE ticket", "SYSTEM SHUTDOWN",
                "SET readonly = 0")) {
            refusals.put(change.split(" ")[0], refusal(() -> connection.createStatement().execute(change)));
        }
        refusals.put("password", refusal(() -> count(connect(guarded, "wrong"), "SELECT 1")));
        found.put("refusals", refusals);
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = connect(arguments[0], ""); Connection other = connect(arguments[0], "")) {
            metadata(connection);
            found.put("types", types(connection));
            found.put("streamed", count(connection, "SELECT number, toString(number) FROM numbers(200000)"));
            try (PreparedStatement bound = connection.prepareStatement("SELECT ? AS text")) {
                bound.setString(1, "l'été \\ \n");
                found.put("parameters", column(bound.executeQuery(), "text"));
            } catch (SQLException error) {
                found.put("parameters", error.getMessage());
            }
            found.put("empty", count(connection, "SELECT number FROM numbers(3) WHERE number > 5"));
            refusals(connection, arguments[1]);
            found.put("killed", killed(connection, other));
        }
        try (Connection connection = connect(arguments[1], arguments[2])) {
            found.put("guarded", count(connection, "SELECT 1"));
        }
        try (com.clickhouse.client.api.Client client = new com.clickhouse.client.api.Client.Builder()
                .addEndpoint("http://" + arguments[0]).setUsername("default").setPassword("")
                .compressClientRequest(true).build()) {
            found.put("ping", client.ping());
            try (QueryResponse answer = client.query("SELECT sum(number) FROM numbers(100000)").get()) {
                found.put("read", List.of(answer.getReadRows(), answer.getResultRows()));
            }
        }
        System.out.println(json(found));
    }

    static String json(Object value) {
        if (value instanceof Map) {
            List<String> fields = new ArrayList<>();
            ((Map<?, ?>) value).forEach((name, each) -> fields.add(json(name) + ":" + json(each)));
            return "{" + String.join(",", fields) + "}";
        }
        if (value instanceof List) {
            List<String> items = new ArrayList<>();
            ((List<?>) value).forEach(each -> items.add(json(each)));
            return "[" + String.join(",", items) + "]";
        }
        if (value instanceof Number || value instanceof Boolean || value == null) return String.valueOf(value);
        StringBuilder text = new StringBuilder("\"");
        for (char each : value.toString().toCharArray())
            text.append(each < 0x20 || each == '"' || each == '\\' || each > 0x7e ? String.format("\\u%04x", (int) each)
                    : String.valueOf(each));
        return text.append("\"").toString();
    }
}
