CREATE EXTERNAL TABLE IF NOT EXISTS `security`.`firewall_logs` (
  line string
)
PARTITIONED BY (
  account string,
  log_type string,
  region string,
  firewall string,
  log_hour string
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' LINES TERMINATED BY '\n'
STORED AS TEXTFILE
LOCATION 's3://logs-of-firewalls/network/prod/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled'='true',
  'projection.account.type'='enum',
  'projection.account.values'='123456789012,210987654321',
  'projection.log_type.type'='enum',
  'projection.log_type.values'='alert,flow,tls',
  'projection.region.type'='enum',
  'projection.region.values'='eu-central-1',
  'projection.firewall.type'='enum',
  'projection.firewall.values'='edge,east-west',
  'projection.log_hour.type'='date',
  'projection.log_hour.format'='yyyy/MM/dd/HH',
  'projection.log_hour.range'='2026/01/01/00,NOW',
  'projection.log_hour.interval'='1',
  'projection.log_hour.interval.unit'='HOURS',
  'storage.location.template'='s3://logs-of-firewalls/network/prod/AWSLogs/${account}/network-firewall/${log_type}/${region}/${firewall}/${log_hour}/'
)
