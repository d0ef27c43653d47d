-- When the records of a dead letter were loaded after all; NULL: they are still missing.
ALTER TABLE raw.dead_letters ADD COLUMN IF NOT EXISTS redriven_at Nullable(DateTime64(3, 'UTC'));
