-- What the figures say, the clearest first.
SELECT kind, subject, sentence, strength FROM {database}.v_analytics_insights ORDER BY strength DESC LIMIT 3
