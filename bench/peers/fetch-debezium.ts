import { fetchJars } from '../../test/support/maven-jars.ts';

export const DEBEZIUM_VERSION = '3.2.0.Final';
const CONNECT_VERSION = '3.9.1';
/** Of the logging interface that Connect was built with. */
const LOGGING_VERSION = '1.7.36';

/** The class path of Debezium's MariaDB connector in Connect. Throws MISSING_PROGRAM when Java or Maven cannot be had. */
export const fetchDebezium = (say: (line: string) => void): Promise<string> =>
  fetchJars({
    name: `debezium-${DEBEZIUM_VERSION}`,
    artifacts: [
      ['io.debezium', 'debezium-connector-mariadb', DEBEZIUM_VERSION],
      ['org.apache.kafka', 'connect-runtime', CONNECT_VERSION],
      ['org.apache.kafka', 'connect-json', CONNECT_VERSION],
      ['org.slf4j', 'slf4j-simple', LOGGING_VERSION],
    ],
    purpose: 'Java and Maven, for measuring beside Debezium',
    say,
  });
