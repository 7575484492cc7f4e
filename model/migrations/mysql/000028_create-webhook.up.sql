CREATE TABLE `webhook` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `event` VARCHAR(32) NOT NULL COMMENT 'the webhook-id, the same for every endpoint',
  `endpoint` VARCHAR(32) NOT NULL,
  `user_id` BIGINT NOT NULL,
  `session_id` VARCHAR(44) NOT NULL,
  `type` VARCHAR(32) NOT NULL,
  `body` TEXT NOT NULL COMMENT 'as it is sent',
  `at` BIGINT NOT NULL COMMENT 'Unix milliseconds by the clock of the database, here and below',
  `since` BIGINT NOT NULL COMMENT 'it is given up so long after this; a replay begins anew',
  `state` VARCHAR(16) NOT NULL COMMENT 'pending, delivered or failed',
  `due` BIGINT NOT NULL COMMENT 'of pending: not tried before; else: since when it is in its state',
  `leased` BIGINT NOT NULL COMMENT 'until when a node is trying it',
  `tries` BIGINT NOT NULL,
  `result` VARCHAR(32) NOT NULL COMMENT 'of the last try',
  PRIMARY KEY (`id`),
  KEY `webhook_due` (`endpoint`, `state`, `due`),
  KEY `webhook_user` (`user_id`, `endpoint`, `state`, `at`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
