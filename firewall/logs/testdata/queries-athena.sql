-- TopLongLivedTCPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.src_port'), '') AS src_port,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.firewall_name'), '') AS log_firewall_name,
    coalesce(json_extract_scalar(line, '$.event.netflow.age'), '') AS netflow_age,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND firewall IN ('edge')
    AND log_hour >= '2026/03/02/05'
    AND log_hour <= '2026/03/02/10'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
    AND (json_extract_scalar(line, '$.event.timestamp') >= '2026-03-02T06:00:00' OR (json_extract_scalar(line, '$.event.timestamp') IS NULL AND TRY_CAST(json_extract_scalar(line, '$.event_timestamp') AS BIGINT) >= 1772431200))
    AND (json_extract_scalar(line, '$.event.timestamp') < '2026-03-02T09:30:00.5' OR (json_extract_scalar(line, '$.event.timestamp') IS NULL AND TRY_CAST(json_extract_scalar(line, '$.event_timestamp') AS BIGINT) < 1772443801))
),
counted AS (
  SELECT src_ip, src_port, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_firewall_name IN ('edge')
    AND TRY_CAST(netflow_age AS BIGINT) > 350
    AND proto IN ('TCP')
    AND (src_ip <> '' OR src_port <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, src_port, dest_ip, dest_port
)
SELECT src_ip, src_port, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, src_port, dest_ip, dest_port
LIMIT 11

-- TopTCPSYNWithoutSYNACK
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.src_port'), '') AS src_port,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.tcp.tcp_flags'), '') AS tcp_tcp_flags
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, src_port, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE tcp_tcp_flags IN ('02')
    AND (src_ip <> '' OR src_port <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, src_port, dest_ip, dest_port
)
SELECT src_ip, src_port, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, src_port, dest_ip, dest_port
LIMIT 11

-- TopSourceIPByPackets
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.pkts') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (src_ip <> '')
  GROUP BY src_ip
)
SELECT src_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip
LIMIT 11

-- TopSourceIPByBytes
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.bytes') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (src_ip <> '')
  GROUP BY src_ip
)
SELECT src_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip
LIMIT 11

-- TopDestinationIPByPackets
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.pkts') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT dest_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (dest_ip <> '')
  GROUP BY dest_ip
)
SELECT dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, dest_ip
LIMIT 11

-- TopDestinationIPByBytes
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.bytes') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT dest_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (dest_ip <> '')
  GROUP BY dest_ip
)
SELECT dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, dest_ip
LIMIT 11

-- TopSourceAndDestinationIPByPackets
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.pkts') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (src_ip <> '' OR dest_ip <> '')
  GROUP BY src_ip, dest_ip
)
SELECT src_ip, dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip
LIMIT 11

-- TopSourceAndDestinationIPByBytes
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.bytes') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE (src_ip <> '' OR dest_ip <> '')
  GROUP BY src_ip, dest_ip
)
SELECT src_ip, dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip
LIMIT 11

-- TopProtocols
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT proto, count(*) AS events, count(*) AS value
  FROM events
  WHERE (proto <> '')
  GROUP BY proto
)
SELECT proto, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, proto
LIMIT 11

-- TopApplicationProtocols
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.app_proto'), '') AS app_proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT app_proto, count(*) AS events, count(*) AS value
  FROM events
  WHERE (app_proto <> '')
  GROUP BY app_proto
)
SELECT app_proto, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, app_proto
LIMIT 11

-- TopSourcePorts
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_port'), '') AS src_port
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE (src_port <> '')
  GROUP BY src_port
)
SELECT src_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_port
LIMIT 11

-- TopDestinationPorts
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE (dest_port <> '')
  GROUP BY dest_port
)
SELECT dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, dest_port
LIMIT 11

-- TopTCPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE proto IN ('TCP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopTCPFlowsByPackets
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.pkts') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE proto IN ('TCP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopTCPFlowsByBytes
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.bytes') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE proto IN ('TCP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopTCPFlags
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.tcp.tcp_flags'), '') AS tcp_tcp_flags
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT tcp_tcp_flags, count(*) AS events, count(*) AS value
  FROM events
  WHERE (tcp_tcp_flags <> '')
  GROUP BY tcp_tcp_flags
)
SELECT tcp_tcp_flags, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, tcp_tcp_flags
LIMIT 11

-- TopUDPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE proto IN ('UDP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopUDPFlowsByPackets
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.pkts') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE proto IN ('UDP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopUDPFlowsByBytes
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    TRY_CAST(json_extract_scalar(line, '$.event.netflow.bytes') AS BIGINT) AS number
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, coalesce(sum(number), 0) AS value
  FROM events
  WHERE proto IN ('UDP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopICMPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'flow'
    AND json_extract_scalar(line, '$.event.event_type') = 'netflow'
),
counted AS (
  SELECT src_ip, dest_ip, count(*) AS events, count(*) AS value
  FROM events
  WHERE proto IN ('ICMP', 'IPv6-ICMP')
    AND (src_ip <> '' OR dest_ip <> '')
  GROUP BY src_ip, dest_ip
)
SELECT src_ip, dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip
LIMIT 11

-- TopDropRejectRules
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.alert.signature_id'), '') AS alert_signature_id,
    coalesce(json_extract_scalar(line, '$.event.alert.signature'), '') AS alert_signature,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    coalesce(json_extract_scalar(line, '$.event.alert.action'), '') AS alert_action,
    coalesce(json_extract_scalar(line, '$.event.verdict.action'), '') AS verdict_action,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT alert_signature_id, alert_signature, proto, alert_action, verdict_action, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (alert_signature_id <> '' OR alert_signature <> '' OR proto <> '' OR alert_action <> '' OR verdict_action <> '')
  GROUP BY alert_signature_id, alert_signature, proto, alert_action, verdict_action
)
SELECT alert_signature_id, alert_signature, proto, alert_action, verdict_action, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, alert_signature_id, alert_signature, proto, alert_action, verdict_action
LIMIT 11

-- TopAlertRules
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.alert.signature_id'), '') AS alert_signature_id,
    coalesce(json_extract_scalar(line, '$.event.alert.signature'), '') AS alert_signature,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto,
    coalesce(json_extract_scalar(line, '$.event.alert.action'), '') AS alert_action,
    coalesce(json_extract_scalar(line, '$.event.verdict.action'), '') AS verdict_action,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT alert_signature_id, alert_signature, proto, alert_action, verdict_action, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome NOT IN ('blocked')
    AND (alert_signature_id <> '' OR alert_signature <> '' OR proto <> '' OR alert_action <> '' OR verdict_action <> '')
  GROUP BY alert_signature_id, alert_signature, proto, alert_action, verdict_action
)
SELECT alert_signature_id, alert_signature, proto, alert_action, verdict_action, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, alert_signature_id, alert_signature, proto, alert_action, verdict_action
LIMIT 11

-- TopBlockedSourceIPs
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT src_ip, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (src_ip <> '')
  GROUP BY src_ip
)
SELECT src_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip
LIMIT 11

-- TopBlockedDestinationIPs
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT dest_ip, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (dest_ip <> '')
  GROUP BY dest_ip
)
SELECT dest_ip, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, dest_ip
LIMIT 11

-- TopBlockedDestinationPorts
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (dest_port <> '')
  GROUP BY dest_port
)
SELECT dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, dest_port
LIMIT 11

-- TopBlockedRemoteAccessPorts
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND dest_port IN ('22', '23', '3389')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopBlockedTCPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND proto IN ('TCP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopBlockedUDPFlows
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_port'), '') AS dest_port,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome,
    coalesce(json_extract_scalar(line, '$.event.proto'), '') AS proto
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT src_ip, dest_ip, dest_port, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND proto IN ('UDP')
    AND (src_ip <> '' OR dest_ip <> '' OR dest_port <> '')
  GROUP BY src_ip, dest_ip, dest_port
)
SELECT src_ip, dest_ip, dest_port, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, dest_port
LIMIT 11

-- TopHTTPHostHeader
WITH events AS (
  SELECT
    coalesce(nullif(json_extract_scalar(line, '$.event.http.hostname'), ''), regexp_extract(json_format(json_extract(line, '$.event.http.request_headers')), '"name":":authority","value":"([^"]*)"', 1), '') AS http_hostname,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT http_hostname, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome NOT IN ('blocked')
    AND (http_hostname <> '')
  GROUP BY http_hostname
)
SELECT http_hostname, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, http_hostname
LIMIT 11

-- TopBlockedHTTPHostHeader
WITH events AS (
  SELECT
    coalesce(nullif(json_extract_scalar(line, '$.event.http.hostname'), ''), regexp_extract(json_format(json_extract(line, '$.event.http.request_headers')), '"name":":authority","value":"([^"]*)"', 1), '') AS http_hostname,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT http_hostname, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (http_hostname <> '')
  GROUP BY http_hostname
)
SELECT http_hostname, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, http_hostname
LIMIT 11

-- TopHTTPURIPaths
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.http.url'), '') AS http_url
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT http_url, count(*) AS events, count(*) AS value
  FROM events
  WHERE (http_url <> '')
  GROUP BY http_url
)
SELECT http_url, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, http_url
LIMIT 11

-- TopHTTPUserAgents
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.http.http_user_agent'), '') AS http_http_user_agent
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT http_http_user_agent, count(*) AS events, count(*) AS value
  FROM events
  WHERE (http_http_user_agent <> '')
  GROUP BY http_http_user_agent
)
SELECT http_http_user_agent, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, http_http_user_agent
LIMIT 11

-- TopTLSSNI
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.tls.sni'), '') AS tls_sni,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT tls_sni, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome NOT IN ('blocked')
    AND (tls_sni <> '')
  GROUP BY tls_sni
)
SELECT tls_sni, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, tls_sni
LIMIT 11

-- TopBlockedTLSSNI
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.tls.sni'), '') AS tls_sni,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT tls_sni, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (tls_sni <> '')
  GROUP BY tls_sni
)
SELECT tls_sni, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, tls_sni
LIMIT 11

-- TopEndpointCandidates
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.src_ip'), '') AS src_ip,
    coalesce(json_extract_scalar(line, '$.event.dest_ip'), '') AS dest_ip,
    coalesce(json_extract_scalar(line, '$.event.app_proto'), '') AS app_proto,
    coalesce(json_extract_scalar(line, '$.event.tls.sni'), '') AS tls_sni,
    coalesce(nullif(json_extract_scalar(line, '$.event.http.hostname'), ''), regexp_extract(json_format(json_extract(line, '$.event.http.request_headers')), '"name":":authority","value":"([^"]*)"', 1), '') AS http_hostname
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT src_ip, dest_ip, app_proto, tls_sni, http_hostname, count(*) AS events, count(*) AS value
  FROM events
  WHERE (strpos(tls_sni, 'amazonaws.com') > 0 OR strpos(http_hostname, 'amazonaws.com') > 0)
    AND (strpos(tls_sni, 's3') > 0 OR strpos(tls_sni, 'dynamodb') > 0 OR strpos(tls_sni, 'backup') > 0 OR strpos(http_hostname, 's3') > 0 OR strpos(http_hostname, 'dynamodb') > 0 OR strpos(http_hostname, 'backup') > 0)
    AND (src_ip <> '' OR dest_ip <> '' OR app_proto <> '' OR tls_sni <> '' OR http_hostname <> '')
  GROUP BY src_ip, dest_ip, app_proto, tls_sni, http_hostname
)
SELECT src_ip, dest_ip, app_proto, tls_sni, http_hostname, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, src_ip, dest_ip, app_proto, tls_sni, http_hostname
LIMIT 11

-- TopCountries
WITH events AS (
  SELECT
    coalesce(replace(trim(BOTH '[]"' FROM json_format(json_extract(line, '$.event.alert.metadata.geo'))), '","', '/'), '') AS alert_metadata_geo,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT alert_metadata_geo, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome NOT IN ('blocked')
    AND (alert_metadata_geo <> '')
  GROUP BY alert_metadata_geo
)
SELECT alert_metadata_geo, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, alert_metadata_geo
LIMIT 11

-- TopBlockedCountries
WITH events AS (
  SELECT
    coalesce(replace(trim(BOTH '[]"' FROM json_format(json_extract(line, '$.event.alert.metadata.geo'))), '","', '/'), '') AS alert_metadata_geo,
    CASE
      WHEN json_extract_scalar(line, '$.event.verdict.action') IN ('drop', 'reject') THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.verdict.action') <> '' THEN 'passed'
      WHEN json_extract_scalar(line, '$.event.alert.action') = 'blocked' THEN 'blocked'
      WHEN json_extract_scalar(line, '$.event.alert.action') <> '' THEN 'passed'
      ELSE '' END AS log_outcome
  FROM "firewall_logs"
  WHERE log_type = 'alert'
    AND json_extract_scalar(line, '$.event.event_type') = 'alert'
),
counted AS (
  SELECT alert_metadata_geo, count(*) AS events, count(*) AS value
  FROM events
  WHERE log_outcome IN ('blocked')
    AND (alert_metadata_geo <> '')
  GROUP BY alert_metadata_geo
)
SELECT alert_metadata_geo, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, alert_metadata_geo
LIMIT 11

-- TopTLSErrors
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.sni'), '') AS sni,
    coalesce(json_extract_scalar(line, '$.event.tls_error.error_message'), '') AS tls_error_error_message
  FROM "firewall_logs"
  WHERE log_type = 'tls'
    AND coalesce(json_extract_scalar(line, '$.event.event_type'), '') NOT IN ('netflow', 'alert')
    AND coalesce(json_extract_scalar(line, '$.event.tls_error.error_message'),
      json_extract_scalar(line, '$.event.revocation_check.status'),
      json_extract_scalar(line, '$.event.revocation_check.action')) IS NOT NULL
),
counted AS (
  SELECT sni, tls_error_error_message, count(*) AS events, count(*) AS value
  FROM events
  WHERE tls_error_error_message NOT IN ('')
    AND (sni <> '' OR tls_error_error_message <> '')
  GROUP BY sni, tls_error_error_message
)
SELECT sni, tls_error_error_message, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, sni, tls_error_error_message
LIMIT 11

-- TopCertificateRevocations
WITH events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.event.sni'), '') AS sni,
    coalesce(json_extract_scalar(line, '$.event.revocation_check.status'), '') AS revocation_check_status,
    coalesce(json_extract_scalar(line, '$.event.revocation_check.action'), '') AS revocation_check_action
  FROM "firewall_logs"
  WHERE log_type = 'tls'
    AND coalesce(json_extract_scalar(line, '$.event.event_type'), '') NOT IN ('netflow', 'alert')
    AND coalesce(json_extract_scalar(line, '$.event.tls_error.error_message'),
      json_extract_scalar(line, '$.event.revocation_check.status'),
      json_extract_scalar(line, '$.event.revocation_check.action')) IS NOT NULL
),
counted AS (
  SELECT sni, revocation_check_status, revocation_check_action, count(*) AS events, count(*) AS value
  FROM events
  WHERE (revocation_check_status NOT IN ('') OR revocation_check_action NOT IN (''))
    AND (sni <> '' OR revocation_check_status <> '' OR revocation_check_action <> '')
  GROUP BY sni, revocation_check_status, revocation_check_action
)
SELECT sni, revocation_check_status, revocation_check_action, value, events,
  sum(value) OVER () AS all_value,
  sum(events) OVER () AS all_events,
  sum(CASE WHEN value > 0 THEN 1 ELSE 0 END) OVER () AS keys
FROM counted
ORDER BY value DESC, sni, revocation_check_status, revocation_check_action
LIMIT 11

