-- The calendar from 2000 to 2050: one row per day, with France's public holidays and working days. Easter is computed by
-- the Gregorian rule (Meeus, Jones and Butcher): Easter Monday is one day after it, Ascension 39, Whit Monday 50.
CREATE OR REPLACE TABLE {database}.dim_date
ENGINE = MergeTree
ORDER BY date
AS
WITH
    toDate32('2000-01-01') AS first_day,
    days AS (SELECT first_day + number AS date FROM numbers(18628)),
    easters AS
    (
        SELECT
            toInt32(2000 + number) AS y,
            y % 19 AS a,
            intDiv(y, 100) AS b,
            y % 100 AS c,
            (19 * a + b - intDiv(b, 4) - intDiv(b - intDiv(b + 8, 25) + 1, 3) + 15) % 30 AS h,
            (32 + 2 * (b % 4) + 2 * intDiv(c, 4) - h - (c % 4)) % 7 AS l,
            intDiv(a + 11 * h + 22 * l, 451) AS m,
            makeDate32(y, intDiv(h + l - 7 * m + 114, 31), ((h + l - 7 * m + 114) % 31) + 1) AS easter
        FROM numbers(51)
    ),
    holidays AS
    (
        SELECT
            arrayJoin([
                (makeDate32(y, 1, 1), 'Jour de l''an'),
                (easter + 1, 'Lundi de Pâques'),
                (makeDate32(y, 5, 1), 'Fête du travail'),
                (makeDate32(y, 5, 8), 'Victoire 1945'),
                (easter + 39, 'Ascension'),
                (easter + 50, 'Lundi de Pentecôte'),
                (makeDate32(y, 7, 14), 'Fête nationale'),
                (makeDate32(y, 8, 15), 'Assomption'),
                (makeDate32(y, 11, 1), 'Toussaint'),
                (makeDate32(y, 11, 11), 'Armistice 1918'),
                (makeDate32(y, 12, 25), 'Noël')
            ]) AS day,
            day.1 AS date,
            day.2 AS holiday
        FROM easters
    ),
    named AS (SELECT date, arrayStringConcat(arraySort(groupArray(holiday)), ', ') AS holiday FROM holidays GROUP BY date)
SELECT
    days.date AS date,
    toYear(days.date) AS year,
    toQuarter(days.date) AS quarter,
    toMonth(days.date) AS month,
    toDate32(toStartOfMonth(days.date)) AS month_start,
    toISOWeek(days.date) AS iso_week,
    toISOYear(days.date) AS iso_year,
    toDayOfMonth(days.date) AS day_of_month,
    toDayOfWeek(days.date) AS day_of_week,
    day_of_week >= 6 AS is_weekend,
    named.holiday != '' AS is_holiday,
    named.holiday AS holiday,
    NOT is_weekend AND NOT is_holiday AS is_working_day,
    sum(is_working_day) OVER (ORDER BY days.date) AS working_days_until
FROM days
LEFT JOIN named ON named.date = days.date
ORDER BY date;
