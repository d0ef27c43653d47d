-- A French VAT number is FR, a key and the SIREN, where a key of digits follows from the SIREN; others are two letters of the
-- country and 2 to 12 signs.
SELECT
    t.rowid AS record,
    upper(replaceRegexpAll(t.tva_intra, '[\\s.]', '')) AS number,
    multiIf(
        NOT startsWith(number, 'FR'), NOT match(number, '^[A-Z]{2,2}[0-9A-Z+*]{2,12}$'),
        match(number, '^FR[0-9]{11,11}$'),
            toUInt64OrZero(substring(number, 3, 2)) != (12 + 3 * (toUInt64OrZero(substring(number, 5)) % 97)) % 97,
        NOT match(number, '^FR[0-9A-HJ-NP-Z]{2,2}[0-9]{9,9}$')
    ) AS is_faulty
FROM {table} AS t
WHERE trimBoth(t.tva_intra) != '' AND {recent}
