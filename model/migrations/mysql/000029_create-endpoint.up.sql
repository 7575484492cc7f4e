CREATE TABLE `endpoint` (
  `id` VARCHAR(32) NOT NULL COMMENT 'the name of an endpoint of webhooks',
  `failures` BIGINT NOT NULL COMMENT 'in a row',
  `paused` BIGINT NOT NULL COMMENT 'nothing is sent before; Unix milliseconds by the clock of the database, here and below',
  `tried` BIGINT NOT NULL,
  `succeeded` BIGINT NOT NULL COMMENT 'to the second',
  `result` VARCHAR(32) NOT NULL COMMENT 'of the last failure',
  PRIMARY KEY (`id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
