-- A SIREN has 9 digits, a SIRET 14, and the sum of the digits, every second one from the right doubled, ends with 0. La
-- Poste's establishments follow another rule: the plain sum is divisible by 5.
SELECT
    t.rowid AS record,
    replaceRegexpAll(t.{column}, '[\\s.]', '') AS number,
    arrayMap(digit -> toInt32OrZero(digit), extractAll(number, '[0-9]')) AS digits,
    arraySum(
        (digit, place) -> if((length(digits) - place) % 2 = 0, digit, digit * 2 - if(digit > 4, 9, 0)),
        digits,
        arrayEnumerate(digits)
    ) AS luhn,
    NOT match(number, '^[0-9]{{digits},{digits}}$')
        OR (luhn % 10 != 0 AND NOT (startsWith(number, '356000000') AND arraySum(digits) % 5 = 0)) AS is_faulty
FROM {table} AS t
WHERE trimBoth(t.{column}) != '' AND t.fk_pays IN (0, 1) AND {recent}
