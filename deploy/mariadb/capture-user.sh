# Run by the image of MariaDB when it makes its database: the user of capture, who reads and follows the binlog.
mariadb --user=root --password="$MARIADB_ROOT_PASSWORD" <<SQL
CREATE USER '$CAPTURE_USER'@'%' IDENTIFIED BY '$CAPTURE_PASSWORD';
GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '$CAPTURE_USER'@'%';
GRANT SELECT ON \`$MARIADB_DATABASE\`.* TO '$CAPTURE_USER'@'%';
SQL
